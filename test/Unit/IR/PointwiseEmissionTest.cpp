//===- PointwiseEmissionTest.cpp - vector code against the interpreter ----===//
//
// Every op's vector code is built on constants and folded; what is left is its
// value.
//
//===----------------------------------------------------------------------===//

#include "Interpreter/TestModule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {
struct Case {
  const char *name;
  /// Element types and values of the operands.
  std::vector<std::pair<const char *, std::vector<double>>> operands;
  /// The op with operands %a0, %a1, ... and its type.
  const char *op;
  const char *result;
};
class Emission : public testing::TestWithParam<Case> {};
} // namespace

static std::string getTensorText(const Case &test, const char *element) {
  return "tensor<" + std::to_string(test.operands[0].second.size()) + "x" +
         element + ">";
}

/// A function of the one op; an operand of type `step` is a scalar.
static std::string getText(const Case &test) {
  std::string arguments;
  for (auto [index, operand] : llvm::enumerate(test.operands))
    arguments += (index ? ", %a" : "%a") + std::to_string(index) + ": " +
                 (std::string(operand.first) == "step"
                      ? "tensor<i64>"
                      : getTensorText(test, operand.first));
  std::string result = getTensorText(test, test.result);
  return "func.func @main(" + arguments + ") -> " + result +
         " {\n%y = " + test.op + "\nreturn %y : " + result + "\n}\n";
}

/// A scalar constant; integers are signless, as in kernels.
static Value buildConstant(OpBuilder &builder, Location loc, Type element,
                           double value) {
  if (isa<FloatType>(element))
    return arith::ConstantOp::create(builder, loc,
                                     builder.getFloatAttr(element, value));
  unsigned width = element.getIntOrFloatBitWidth();
  APInt bits(width, static_cast<uint64_t>(static_cast<int64_t>(value)),
             /*isSigned=*/false, /*implicitTrunc=*/true);
  return arith::ConstantOp::create(
      builder, loc, IntegerAttr::get(builder.getIntegerType(width), bits));
}

/// The same in all lanes of a vector.
static Value buildSplat(OpBuilder &builder, Location loc, Value scalar) {
  auto attr = cast<arith::ConstantOp>(scalar.getDefiningOp()).getValue();
  auto type = VectorType::get({4}, scalar.getType());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, attr));
}

static double toDouble(Attribute element, bool isUnsigned) {
  if (auto number = dyn_cast<FloatAttr>(element))
    return number.getValueAsDouble();
  APInt bits = cast<IntegerAttr>(element).getValue();
  return isUnsigned ? static_cast<double>(bits.getZExtValue())
                    : static_cast<double>(bits.getSExtValue());
}

/// Folds `value` to a constant; null when something does not fold.
static Attribute fold(Value value) {
  llvm::DenseMap<Value, Attribute> known;
  std::function<Attribute(Value)> get = [&](Value v) -> Attribute {
    if (Attribute attr = known.lookup(v))
      return attr;
    Operation *op = v.getDefiningOp();
    SmallVector<Attribute> operands;
    for (Value operand : op->getOperands())
      operands.push_back(get(operand));
    SmallVector<OpFoldResult> results;
    if (failed(op->fold(operands, results)) || results.empty())
      return op->emitError("does not fold"), nullptr;
    for (auto [result, folded] : llvm::zip_equal(op->getResults(), results)) {
      Attribute attr = dyn_cast<Attribute>(folded);
      known[result] = attr ? attr : get(cast<Value>(folded));
    }
    return known.lookup(v);
  };
  return get(value);
}

/// The operands of one lane; a scalar operand is the same for all.
static SmallVector<Value> buildLane(OpBuilder &builder, Operation *op,
                                    const Case &test, size_t lane) {
  SmallVector<Value> lanes;
  for (auto [operand, values] :
       llvm::zip_equal(op->getOperands(), test.operands))
    lanes.push_back(buildConstant(builder, op->getLoc(),
                                  getElementTypeOrSelf(operand),
                                  values.second[lane % values.second.size()]));
  return lanes;
}

/// By scalars, whose constants fold; the vector code is only verified.
TEST_P(Emission, ComputesWhatTheOpMeans) {
  const Case &test = GetParam();
  TestModule module(getText(test));
  ASSERT_TRUE(module);
  func::FuncOp func = module.func("main");
  func.getContext()->loadDialect<arith::ArithDialect, math::MathDialect>();
  Operation &op = func.getBody().front().front();
  auto pointwise = cast<PointwiseOpInterface>(op);
  std::vector<Tensor> inputs;
  for (auto [operand, values] :
       llvm::zip_equal(op.getOperands(), test.operands))
    inputs.push_back(
        {cast<RankedTensorType>(operand.getType()).getShape().vec(),
         values.second});
  Tensor expected = llvm::cantFail(evaluateOp(&op, inputs))[0];

  Type element = getElementTypeOrSelf(op.getResult(0));
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  double tolerance = element.isF64() ? 1e-14 : element.isF32() ? 1e-6 : 0;
  OpBuilder builder(&op);
  for (auto [lane, value] : llvm::enumerate(expected.data)) {
    SmallVector<Value> operands = buildLane(builder, &op, test, lane);
    Value scalar = pointwise.emitPointwise(builder, operands);
    for (Value &operand : operands)
      operand = buildSplat(builder, op.getLoc(), operand);
    Value vector = pointwise.emitPointwise(builder, operands);
    EXPECT_EQ(vector.getType(), VectorType::get({4}, scalar.getType()));
    Attribute folded = fold(scalar);
    ASSERT_TRUE(folded);
    EXPECT_NEAR(toDouble(folded, isUnsigned), value,
                tolerance * std::max(1.0, std::abs(value)));
  }
  EXPECT_TRUE(succeeded(verify(module.get())));
}

// clang-format off
static const Case cases[] = {
    {"Neg", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.neg %a0 : tensor<6xf64>", "f64"},
    {"Exp", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.exp %a0 : tensor<6xf64>", "f64"},
    {"Tanh", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.tanh %a0 : tensor<6xf64>", "f64"},
    {"Erf", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.erf %a0 : tensor<6xf64>", "f64"},
    {"Abs", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.abs %a0 : tensor<6xf64>", "f64"},
    {"Sigmoid", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.sigmoid %a0 : tensor<6xf64>", "f64"},
    {"Silu", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.silu %a0 : tensor<6xf64>", "f64"},
    {"Relu", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.relu %a0 : tensor<6xf64>", "f64"},
    {"Softplus", {{"f64", {-800, -2.5, 0, 0.25, 3, 800}}}, "mpc.softplus %a0 : tensor<6xf64>", "f64"},
    {"Log", {{"f64", {0.25, 0.5, 1, 2, 3, 7.5}}}, "mpc.log %a0 : tensor<6xf64>", "f64"},
    {"Sqrt", {{"f64", {0.25, 0.5, 1, 2, 3, 7.5}}}, "mpc.sqrt %a0 : tensor<6xf64>", "f64"},
    {"GeluExact", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.gelu exact %a0 : tensor<6xf64>", "f64"},
    {"GeluTanh", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}}, "mpc.gelu tanh %a0 : tensor<6xf64>", "f64"},
    {"GeluGradExact", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f64", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.gelu_grad exact %a0, %a1 : tensor<6xf64>", "f64"},
    {"GeluGradTanh", {{"f64", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f64", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.gelu_grad tanh %a0, %a1 : tensor<6xf64>", "f64"},
    {"MulBF16", {{"bf16", {1.5, -2, 0.25}}, {"bf16", {2, 0.5, 3}}}, "mpc.mul %a0, %a1 : tensor<3xbf16>", "bf16"},
    {"ExpF16", {{"f16", {0}}}, "mpc.exp %a0 : tensor<1xf16>", "f16"},
    {"AddF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.add %a0, %a1 : tensor<6xf32>", "f32"},
    {"AddI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.add %a0, %a1 : tensor<6xi32>", "i32"},
    {"AddUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.add %a0, %a1 : tensor<4xui8>", "ui8"},
    {"SubF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.sub %a0, %a1 : tensor<6xf32>", "f32"},
    {"SubI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.sub %a0, %a1 : tensor<6xi32>", "i32"},
    {"SubUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.sub %a0, %a1 : tensor<4xui8>", "ui8"},
    {"MulF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.mul %a0, %a1 : tensor<6xf32>", "f32"},
    {"MulI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.mul %a0, %a1 : tensor<6xi32>", "i32"},
    {"MulUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.mul %a0, %a1 : tensor<4xui8>", "ui8"},
    {"DivF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.div %a0, %a1 : tensor<6xf32>", "f32"},
    {"DivI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.div %a0, %a1 : tensor<6xi32>", "i32"},
    {"DivUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.div %a0, %a1 : tensor<4xui8>", "ui8"},
    {"MaximumF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.maximum %a0, %a1 : tensor<6xf32>", "f32"},
    {"MaximumI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.maximum %a0, %a1 : tensor<6xi32>", "i32"},
    {"MaximumUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.maximum %a0, %a1 : tensor<4xui8>", "ui8"},
    {"MinimumF32", {{"f32", {-2.5, -0.5, 0, 0.25, 1, 3}}, {"f32", {1.5, -2, 0.25, 4, 1, -3}}}, "mpc.minimum %a0, %a1 : tensor<6xf32>", "f32"},
    {"MinimumI32", {{"i32", {7, -7, 5, -2147483648.0, 2147483647, -9}}, {"i32", {2, 2, 0, -1, 2147483647, 4}}}, "mpc.minimum %a0, %a1 : tensor<6xi32>", "i32"},
    {"MinimumUI8", {{"ui8", {200, 7, 255, 0}}, {"ui8", {100, 2, 255, 0}}}, "mpc.minimum %a0, %a1 : tensor<4xui8>", "ui8"},
    {"Pow", {{"f64", {0.25, 0.5, 1, 2, 3, 7.5}}, {"f64", {2, -1, 0.5, 3, 0, 1.5}}}, "mpc.pow %a0, %a1 : tensor<6xf64>", "f64"},
    {"AndI1", {{"i1", {0, 0, 1, 1}}, {"i1", {0, 1, 0, 1}}}, "mpc.and %a0, %a1 : tensor<4xi1>", "i1"},
    {"AndI64", {{"i64", {12, -1}}, {"i64", {10, 7}}}, "mpc.and %a0, %a1 : tensor<2xi64>", "i64"},
    {"OrI1", {{"i1", {0, 0, 1, 1}}, {"i1", {0, 1, 0, 1}}}, "mpc.or %a0, %a1 : tensor<4xi1>", "i1"},
    {"OrI64", {{"i64", {12, -1}}, {"i64", {10, 7}}}, "mpc.or %a0, %a1 : tensor<2xi64>", "i64"},
    {"CompareEQF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare eq %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareEQI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare eq %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareEQUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare eq %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"CompareNEF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare ne %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareNEI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare ne %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareNEUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare ne %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"CompareLTF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare lt %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareLTI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare lt %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareLTUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare lt %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"CompareLEF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare le %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareLEI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare le %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareLEUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare le %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"CompareGTF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare gt %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareGTI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare gt %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareGTUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare gt %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"CompareGEF32", {{"f32", {1, 2, 3, NAN}}, {"f32", {2, 2, 2, 1}}}, "mpc.compare ge %a0, %a1 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>", "i1"},
    {"CompareGEI64", {{"i64", {1, 2, 3, -1}}, {"i64", {2, 2, 2, 1}}}, "mpc.compare ge %a0, %a1 : (tensor<4xi64>, tensor<4xi64>) -> tensor<4xi1>", "i1"},
    {"CompareGEUI8", {{"ui8", {1, 200, 3}}, {"ui8", {200, 1, 3}}}, "mpc.compare ge %a0, %a1 : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xi1>", "i1"},
    {"Select", {{"i1", {0, 1}}, {"f32", {1, 2}}, {"f32", {3, 4}}}, "mpc.select %a0, %a1, %a2 : (tensor<2xi1>, tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>", "f32"},
    {"CastF32ToI32", {{"f32", {-2.75, 2.75, 0, 100}}}, "mpc.cast %a0 : tensor<4xf32> to tensor<4xi32>", "i32"},
    {"CastF32ToUI8", {{"f32", {2.75, 255, 0, 100}}}, "mpc.cast %a0 : tensor<4xf32> to tensor<4xui8>", "ui8"},
    {"CastF32ToI1", {{"f32", {-2.75, 0, 0.5, 1}}}, "mpc.cast %a0 : tensor<4xf32> to tensor<4xi1>", "i1"},
    {"CastF32ToBF16", {{"f32", {-2.75, 0, 0.5, 1}}}, "mpc.cast %a0 : tensor<4xf32> to tensor<4xbf16>", "bf16"},
    {"CastBF16ToF16", {{"bf16", {-2.75, 0, 0.5, 1}}}, "mpc.cast %a0 : tensor<4xbf16> to tensor<4xf16>", "f16"},
    {"CastF16ToF64", {{"f16", {-2.75, 0, 0.5, 1}}}, "mpc.cast %a0 : tensor<4xf16> to tensor<4xf64>", "f64"},
    {"CastBF16ToI64", {{"bf16", {-2.75, 0, 0.5, 1}}}, "mpc.cast %a0 : tensor<4xbf16> to tensor<4xi64>", "i64"},
    {"CastI64ToF32", {{"i64", {-3, 0, 5, 100}}}, "mpc.cast %a0 : tensor<4xi64> to tensor<4xf32>", "f32"},
    {"CastI8ToBF16", {{"i8", {-3, 0, 5, 100}}}, "mpc.cast %a0 : tensor<4xi8> to tensor<4xbf16>", "bf16"},
    {"CastUI8ToF32", {{"ui8", {3, 0, 255, 100}}}, "mpc.cast %a0 : tensor<4xui8> to tensor<4xf32>", "f32"},
    {"CastUI8ToI32", {{"ui8", {3, 0, 255, 100}}}, "mpc.cast %a0 : tensor<4xui8> to tensor<4xi32>", "i32"},
    {"CastI8ToI32", {{"i8", {-3, 0, 127, -128}}}, "mpc.cast %a0 : tensor<4xi8> to tensor<4xi32>", "i32"},
    {"CastI64ToI8", {{"i64", {300, -1, 127, 128}}}, "mpc.cast %a0 : tensor<4xi64> to tensor<4xi8>", "i8"},
    {"CastI64ToUI8", {{"i64", {300, -1, 127, 128}}}, "mpc.cast %a0 : tensor<4xi64> to tensor<4xui8>", "ui8"},
    {"CastI32ToI1", {{"i32", {300, 0, 256, -1}}}, "mpc.cast %a0 : tensor<4xi32> to tensor<4xi1>", "i1"},
    {"CastI1ToF32", {{"i1", {0, 1, 1, 0}}}, "mpc.cast %a0 : tensor<4xi1> to tensor<4xf32>", "f32"},
    {"CastI1ToI64", {{"i1", {0, 1, 1, 0}}}, "mpc.cast %a0 : tensor<4xi1> to tensor<4xi64>", "i64"},
    {"CastI8ToUI8", {{"i8", {-1, 0, 1, 127}}}, "mpc.cast %a0 : tensor<4xi8> to tensor<4xui8>", "ui8"},
    {"RandomBits", {{"i64", {0, 1, 4294967296.0, 123456789012.0}}, {"step", {5}}}, "mpc.random_bits %a0, %a1 seed 81985529216486895 : tensor<4xi64>", "i32"},
};
// clang-format on
INSTANTIATE_TEST_SUITE_P(Ops, Emission, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

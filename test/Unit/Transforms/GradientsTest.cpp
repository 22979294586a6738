//===- GradientsTest.cpp - every derivative against finite differences ----===//

#include "Interpreter/TestModule.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {
struct Case {
  const char *name;
  /// Types of the variables, read as %v0, %v1, ...; all f64, for exact
  /// constants.
  std::vector<const char *> variables;
  /// Computes %y from them.
  const char *body;
  const char *result;
  /// The range of the variables' values.
  double low = -1, high = 1;
};

std::string getText(const Case &test) {
  std::string text, reads;
  for (auto [index, type] : llvm::enumerate(test.variables)) {
    std::string name = "v" + std::to_string(index);
    text +=
        "mpc.variable @" + name + " parameter constant(0.0) : " + type + "\n";
    reads += "%" + name + " = mpc.read @" + name + " : " + type + "\n";
  }
  return text + "func.func @main() -> " + test.result + " {\n" + reads +
         test.body + "\nreturn %y : " + test.result + "\n}\n";
}

class Gradients : public testing::TestWithParam<Case> {};
} // namespace

static double getLoss(func::FuncOp func, ArrayRef<Tensor> inputs,
                      const Variables &variables) {
  return llvm::cantFail(evaluate(func, inputs, variables)).outputs[0].data[0];
}

/// The derivative by one element, by central differences.
static double getSlope(func::FuncOp func, ArrayRef<Tensor> inputs,
                       Variables variables, const std::string &name,
                       size_t index) {
  constexpr double step = 1e-6;
  double &x = variables[name].data[index];
  double center = x;
  x = center + step;
  double above = getLoss(func, inputs, variables);
  x = center - step;
  double below = getLoss(func, inputs, variables);
  return (above - below) / (2 * step);
}

TEST_P(Gradients, MatchFiniteDifferences) {
  TestModule module(getText(GetParam()));
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-autodiff{loss=mse}")));
  func::FuncOp func = module.func("train_step");
  Variables variables =
      module.makeVariables(1, GetParam().low, GetParam().high);
  std::vector<Tensor> inputs = module.makeInputs(func, 99);
  Evaluation run = llvm::cantFail(evaluate(func, inputs, variables));
  for (const auto &[name, value] : variables) {
    std::optional<unsigned> result = findResult(func, name);
    ASSERT_TRUE(result) << name << " has no gradient";
    const Tensor &gradient = run.outputs[*result];
    ASSERT_EQ(gradient.shape, value.shape);
    for (size_t index = 0; index < value.data.size(); ++index) {
      double expected = getSlope(func, inputs, variables, name, index);
      EXPECT_NEAR(gradient.data[index], expected,
                  1e-6 * std::max(1.0, std::abs(expected)))
          << name << "[" << index << "]";
    }
  }
}

#define UNARY(OP) "%y = mpc." OP " %v0 : tensor<3x4xf64>"
#define BINARY(OP)                                                             \
  "%y = mpc." OP                                                               \
  " %v0, %v1 : (tensor<2x1x4xf64>, tensor<3x1xf64>) -> tensor<2x3x4xf64>"

static const Case unaryCases[] = {
    {"Neg", {"tensor<3x4xf64>"}, UNARY("neg"), "tensor<3x4xf64>"},
    {"Exp", {"tensor<3x4xf64>"}, UNARY("exp"), "tensor<3x4xf64>"},
    {"Log", {"tensor<3x4xf64>"}, UNARY("log"), "tensor<3x4xf64>", 0.5, 2},
    {"Sqrt", {"tensor<3x4xf64>"}, UNARY("sqrt"), "tensor<3x4xf64>", 0.5, 2},
    {"Rsqrt", {"tensor<3x4xf64>"}, UNARY("rsqrt"), "tensor<3x4xf64>", 0.5, 2},
    {"Tanh", {"tensor<3x4xf64>"}, UNARY("tanh"), "tensor<3x4xf64>"},
    {"Erf", {"tensor<3x4xf64>"}, UNARY("erf"), "tensor<3x4xf64>"},
    {"Abs", {"tensor<3x4xf64>"}, UNARY("abs"), "tensor<3x4xf64>"},
    {"Sigmoid",
     {"tensor<3x4xf64>"},
     UNARY("sigmoid"),
     "tensor<3x4xf64>",
     -3,
     3},
    {"Silu", {"tensor<3x4xf64>"}, UNARY("silu"), "tensor<3x4xf64>", -3, 3},
    {"Relu", {"tensor<3x4xf64>"}, UNARY("relu"), "tensor<3x4xf64>"},
    {"Softplus",
     {"tensor<3x4xf64>"},
     UNARY("softplus"),
     "tensor<3x4xf64>",
     -3,
     3},
    {"GeluExact",
     {"tensor<3x4xf64>"},
     UNARY("gelu exact"),
     "tensor<3x4xf64>",
     -3,
     3},
    {"GeluTanh",
     {"tensor<3x4xf64>"},
     UNARY("gelu tanh"),
     "tensor<3x4xf64>",
     -3,
     3},
    {"Cast",
     {"tensor<3x4xf64>"},
     "%a = mpc.cast %v0 : tensor<3x4xf64> to tensor<3x4xf32>\n"
     "%y = mpc.cast %a : tensor<3x4xf32> to tensor<3x4xf64>",
     "tensor<3x4xf64>"},
};

static const Case binaryCases[] = {
    {"Add",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("add"),
     "tensor<2x3x4xf64>"},
    {"Sub",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("sub"),
     "tensor<2x3x4xf64>"},
    {"Mul",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("mul"),
     "tensor<2x3x4xf64>"},
    {"Div",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("div"),
     "tensor<2x3x4xf64>",
     0.5,
     2},
    {"Pow",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("pow"),
     "tensor<2x3x4xf64>",
     0.5,
     2},
    {"Maximum",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("maximum"),
     "tensor<2x3x4xf64>"},
    {"Minimum",
     {"tensor<2x1x4xf64>", "tensor<3x1xf64>"},
     BINARY("minimum"),
     "tensor<2x3x4xf64>"},
    {"Square",
     {"tensor<4xf64>"},
     "%y = mpc.mul %v0, %v0 : tensor<4xf64>",
     "tensor<4xf64>"},
    {"Select",
     {"tensor<3x4xf64>", "tensor<4xf64>"},
     "%zero = mpc.constant 0.0 : tensor<f64>\n"
     "%c = mpc.compare gt %v0, %zero : (tensor<3x4xf64>, tensor<f64>) -> "
     "tensor<3x4xi1>\n"
     "%y = mpc.select %c, %v0, %v1 : (tensor<3x4xi1>, tensor<3x4xf64>, "
     "tensor<4xf64>) -> tensor<3x4xf64>",
     "tensor<3x4xf64>"},
};

static const Case shapeCases[] = {
    {"Reshape",
     {"tensor<3x4xf64>"},
     "%y = mpc.reshape %v0 : tensor<3x4xf64> to tensor<2x6xf64>",
     "tensor<2x6xf64>"},
    {"Transpose",
     {"tensor<2x3x4xf64>"},
     "%y = mpc.transpose %v0 [2, 0, 1] : tensor<2x3x4xf64> -> "
     "tensor<4x2x3xf64>",
     "tensor<4x2x3xf64>"},
    {"Broadcast",
     {"tensor<3x1xf64>"},
     "%y = mpc.broadcast %v0 : tensor<3x1xf64> to tensor<2x3x4xf64>",
     "tensor<2x3x4xf64>"},
    {"Slice",
     {"tensor<2x5xf64>"},
     "%y = mpc.slice %v0 dim 1 start 1 size 3 : tensor<2x5xf64> -> "
     "tensor<2x3xf64>",
     "tensor<2x3xf64>"},
    {"SliceOfAll",
     {"tensor<2x5xf64>"},
     "%y = mpc.slice %v0 dim 1 start 0 size 5 : tensor<2x5xf64> -> "
     "tensor<2x5xf64>",
     "tensor<2x5xf64>"},
    {"Concat",
     {"tensor<2x1xf64>", "tensor<2x3xf64>"},
     "%y = mpc.concat %v0, %v1 dim 1 : (tensor<2x1xf64>, tensor<2x3xf64>) -> "
     "tensor<2x4xf64>",
     "tensor<2x4xf64>"},
    {"ReduceSum",
     {"tensor<2x3x4xf64>"},
     "%y = mpc.reduce sum %v0 dims [0, 2] : tensor<2x3x4xf64> -> "
     "tensor<1x3x1xf64>",
     "tensor<1x3x1xf64>"},
    {"ReduceMax",
     {"tensor<2x3x4xf64>"},
     "%y = mpc.reduce max %v0 dims [2] : tensor<2x3x4xf64> -> "
     "tensor<2x3x1xf64>",
     "tensor<2x3x1xf64>"},
    {"ReduceMin",
     {"tensor<2x3x4xf64>"},
     "%y = mpc.reduce min %v0 dims [1, 2] : tensor<2x3x4xf64> -> "
     "tensor<2x1x1xf64>",
     "tensor<2x1x1xf64>"},
};

#define MATMUL(LHS, RHS, FLAGS, RESULT)                                        \
  {"tensor<" LHS "xf64>", "tensor<" RHS "xf64>"},                              \
      "%y = mpc.matmul %v0, %v1 " FLAGS " : (tensor<" LHS "xf64>, tensor<" RHS \
      "xf64>) -> tensor<" RESULT "xf64>",                                      \
      "tensor<" RESULT "xf64>"

static const Case contractionCases[] = {
    {"Matmul", MATMUL("3x4", "4x2", "", "3x2")},
    {"MatmulTransposeLhs", MATMUL("4x3", "4x2", "transpose_lhs", "3x2")},
    {"MatmulTransposeRhs", MATMUL("3x4", "2x4", "transpose_rhs", "3x2")},
    {"MatmulTransposeBoth",
     MATMUL("4x3", "2x4", "transpose_lhs transpose_rhs", "3x2")},
    {"MatmulBatched", MATMUL("2x3x4", "2x4x2", "", "2x3x2")},
    {"MatmulBatchedTransposeBoth",
     MATMUL("2x4x3", "2x2x4", "transpose_lhs transpose_rhs", "2x3x2")},
    {"MatmulShared", MATMUL("2x3x4", "4x2", "", "2x3x2")},
    {"MatmulSharedTransposeLhs",
     MATMUL("2x4x3", "4x2", "transpose_lhs", "2x3x2")},
    {"MatmulSharedTransposeRhs",
     MATMUL("2x2x3x4", "2x4", "transpose_rhs", "2x2x3x2")},
    {"Einsum",
     {"tensor<2x3x4xf64>", "tensor<4x2x3xf64>"},
     "%y = mpc.einsum \"bsk,khd->bshd\" %v0, %v1 : (tensor<2x3x4xf64>, "
     "tensor<4x2x3xf64>) -> tensor<2x3x2x3xf64>",
     "tensor<2x3x2x3xf64>"},
    {"EinsumTwoInner",
     {"tensor<2x3x2x3xf64>", "tensor<2x3x4xf64>"},
     "%y = mpc.einsum \"bshd,hdk->bsk\" %v0, %v1 : (tensor<2x3x2x3xf64>, "
     "tensor<2x3x4xf64>) -> tensor<2x3x4xf64>",
     "tensor<2x3x4xf64>"},
    {"Embedding",
     {"tensor<5x2xf64>"},
     "%i = mpc.global_index %v0 dim 0 : tensor<5x2xf64> -> tensor<5x1xi64>\n"
     "%three = mpc.constant 3 : tensor<i64>\n"
     "%ids = mpc.div %i, %three : (tensor<5x1xi64>, tensor<i64>) -> "
     "tensor<5x1xi64>\n"
     "%y = mpc.embedding %v0, %ids : (tensor<5x2xf64>, tensor<5x1xi64>) -> "
     "tensor<5x1x2xf64>",
     "tensor<5x1x2xf64>"},
};

#define ATTENTION(OPTIONS)                                                     \
  "%y = mpc.attention %v0, %v1, %v2 scale 0.5 " OPTIONS                        \
  " : (tensor<2x3x4x2xf64>, tensor<2x4x2x2xf64>, tensor<2x4x2x3xf64>) -> "     \
  "tensor<2x3x4x3xf64>"

static const Case compositeCases[] = {
    {"Softmax",
     {"tensor<2x3x4xf64>"},
     "%y = mpc.softmax %v0 dim 1 : tensor<2x3x4xf64>",
     "tensor<2x3x4xf64>",
     -3,
     3},
    {"LayerNorm",
     {"tensor<2x3x4xf64>", "tensor<4xf64>", "tensor<4xf64>"},
     "%y = mpc.layer_norm %v0, %v1, %v2 epsilon 1.0e-5 : (tensor<2x3x4xf64>, "
     "tensor<4xf64>, tensor<4xf64>) -> tensor<2x3x4xf64>",
     "tensor<2x3x4xf64>"},
    {"LayerNormWithoutBias",
     {"tensor<3x4xf64>", "tensor<4xf64>"},
     "%y = mpc.layer_norm %v0, %v1 epsilon 1.0e-5 : (tensor<3x4xf64>, "
     "tensor<4xf64>) -> tensor<3x4xf64>",
     "tensor<3x4xf64>"},
    {"RmsNorm",
     {"tensor<2x3x4xf64>", "tensor<4xf64>"},
     "%y = mpc.rms_norm %v0, %v1 epsilon 1.0e-5 : (tensor<2x3x4xf64>, "
     "tensor<4xf64>) -> tensor<2x3x4xf64>",
     "tensor<2x3x4xf64>"},
    {"Attention",
     {"tensor<2x3x4x2xf64>", "tensor<2x4x2x2xf64>", "tensor<2x4x2x3xf64>"},
     ATTENTION(""),
     "tensor<2x3x4x3xf64>"},
    {"AttentionCausal",
     {"tensor<2x3x4x2xf64>", "tensor<2x4x2x2xf64>", "tensor<2x4x2x3xf64>"},
     ATTENTION("causal"),
     "tensor<2x3x4x3xf64>"},
    {"FlashAttention",
     {"tensor<2x3x4x2xf64>", "tensor<2x5x2x2xf64>", "tensor<2x5x2x3xf64>"},
     "%y, %lse = mpc.flash_attention %v0, %v1, %v2 scale 0.5 : "
     "(tensor<2x3x4x2xf64>, tensor<2x5x2x2xf64>, tensor<2x5x2x3xf64>) -> "
     "(tensor<2x3x4x3xf64>, tensor<2x4x3xf32>)",
     "tensor<2x3x4x3xf64>"},
    {"FlashAttentionCausal",
     {"tensor<2x3x4x2xf64>", "tensor<2x3x4x2xf64>", "tensor<2x3x4x3xf64>"},
     "%y, %lse = mpc.flash_attention %v0, %v1, %v2 scale 0.5 causal : "
     "(tensor<2x3x4x2xf64>, tensor<2x3x4x2xf64>, tensor<2x3x4x3xf64>) -> "
     "(tensor<2x3x4x3xf64>, tensor<2x4x3xf32>)",
     "tensor<2x3x4x3xf64>"},
    {"CrossEntropy",
     {"tensor<2x3x4xf64>"},
     "%i = mpc.global_index %v0 dim 1 : tensor<2x3x4xf64> -> "
     "tensor<1x3x1xi64>\n"
     "%j = mpc.broadcast %i : tensor<1x3x1xi64> to tensor<2x3x1xi64>\n"
     "%labels = mpc.reshape %j : tensor<2x3x1xi64> to tensor<2x3xi64>\n"
     "%y, %count = mpc.cross_entropy %v0, %labels ignore 1 : "
     "tensor<2x3x4xf64>, tensor<2x3xi64>",
     "tensor<f32>"},
    {"SquaredError",
     {"tensor<2x3xf64>", "tensor<2x3xf64>"},
     "%y, %count = mpc.squared_error %v0, %v1 : tensor<2x3xf64>, "
     "tensor<2x3xf64>",
     "tensor<f32>"},
    {"Dropout",
     {"tensor<4x8xf64>"},
     "%step = mpc.constant 3 : tensor<i64>\n"
     "%y = mpc.dropout %v0, %step rate 0.25 seed 7 : tensor<4x8xf64>",
     "tensor<4x8xf64>"},
};

static std::string getName(const testing::TestParamInfo<Case> &info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Unary, Gradients, testing::ValuesIn(unaryCases),
                         getName);
INSTANTIATE_TEST_SUITE_P(Binary, Gradients, testing::ValuesIn(binaryCases),
                         getName);
INSTANTIATE_TEST_SUITE_P(Shape, Gradients, testing::ValuesIn(shapeCases),
                         getName);
INSTANTIATE_TEST_SUITE_P(Contraction, Gradients,
                         testing::ValuesIn(contractionCases), getName);
INSTANTIATE_TEST_SUITE_P(Composite, Gradients,
                         testing::ValuesIn(compositeCases), getName);

TEST(GradientTies, BelongToTheFirstOperand) {
  TestModule module(R"(
    mpc.variable @a parameter constant(0.0) : tensor<2xf64>
    mpc.variable @b parameter constant(0.0) : tensor<2xf64>
    func.func @main() -> tensor<2xf64> {
      %a = mpc.read @a : tensor<2xf64>
      %b = mpc.read @b : tensor<2xf64>
      %y = mpc.maximum %a, %b : tensor<2xf64>
      return %y : tensor<2xf64>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-autodiff{loss=mse}")));
  func::FuncOp func = module.func("train_step");
  Tensor equal{{2}, {1, 1}}, label{{2}, {0, 0}};
  Evaluation run =
      llvm::cantFail(evaluate(func, {label}, {{"a", equal}, {"b", equal}}));
  EXPECT_EQ(run.outputs[*findResult(func, "a")].data,
            (std::vector<double>{2, 2}));
  EXPECT_EQ(run.outputs[*findResult(func, "b")].data,
            (std::vector<double>{0, 0}));
}

/// A weight used as embedding and as head has one gradient, the sum of both.
TEST(TiedVariable, HasOneGradient) {
  TestModule module(R"(
    mpc.variable @w parameter constant(0.0) : tensor<4x3xf64>
    func.func @main(%ids: tensor<2xi64>) -> tensor<2x4xf64> {
      %table = mpc.read @w : tensor<4x3xf64>
      %x = mpc.embedding %table, %ids : (tensor<4x3xf64>, tensor<2xi64>) -> tensor<2x3xf64>
      %head = mpc.read @w : tensor<4x3xf64>
      %y = mpc.matmul %x, %head transpose_rhs : (tensor<2x3xf64>, tensor<4x3xf64>) -> tensor<2x4xf64>
      return %y : tensor<2x4xf64>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(succeeded(module.run("mpc-autodiff{loss=cross-entropy}")));
  func::FuncOp func = module.func("train_step");
  ASSERT_EQ(func.getNumResults(), 3u);
  Variables variables = module.makeVariables(5);
  std::vector<Tensor> inputs = {{{2}, {1, 3}}, {{2}, {0, 3}}};
  Evaluation run = llvm::cantFail(evaluate(func, inputs, variables));
  for (size_t index = 0; index < 12; ++index)
    EXPECT_NEAR(run.outputs[2].data[index],
                getSlope(func, inputs, variables, "w", index), 1e-6);
}

/// All together, through the passes that follow: a transformer block with tied
/// embedding, causal grouped attention and residual connections.
TEST(Transformer, GradientsSurviveDecompositionAndFolding) {
  TestModule module(R"(
    mpc.variable @wte parameter constant(0.0) : tensor<6x4xf64>
    mpc.variable @scale parameter constant(0.0) : tensor<4xf64>
    mpc.variable @bias parameter constant(0.0) : tensor<4xf64>
    mpc.variable @q parameter constant(0.0) : tensor<4x2x3xf64>
    mpc.variable @kv parameter constant(0.0) : tensor<4x2x1x3xf64>
    mpc.variable @out parameter constant(0.0) : tensor<2x3x4xf64>
    mpc.variable @up parameter constant(0.0) : tensor<4x5xf64>
    mpc.variable @down parameter constant(0.0) : tensor<5x4xf64>
    func.func @main(%ids: tensor<2x3xi64>) -> tensor<2x3x6xf64> {
      %wte = mpc.read @wte : tensor<6x4xf64>
      %scale = mpc.read @scale : tensor<4xf64>
      %bias = mpc.read @bias : tensor<4xf64>
      %wq = mpc.read @q : tensor<4x2x3xf64>
      %wkv = mpc.read @kv : tensor<4x2x1x3xf64>
      %wout = mpc.read @out : tensor<2x3x4xf64>
      %up = mpc.read @up : tensor<4x5xf64>
      %down = mpc.read @down : tensor<5x4xf64>
      %x = mpc.embedding %wte, %ids : (tensor<6x4xf64>, tensor<2x3xi64>) -> tensor<2x3x4xf64>
      %n = mpc.layer_norm %x, %scale, %bias epsilon 1.0e-5 : (tensor<2x3x4xf64>, tensor<4xf64>, tensor<4xf64>) -> tensor<2x3x4xf64>
      %q = mpc.einsum "bsk,khd->bshd" %n, %wq : (tensor<2x3x4xf64>, tensor<4x2x3xf64>) -> tensor<2x3x2x3xf64>
      %kv = mpc.einsum "bsk,kcgd->bscgd" %n, %wkv : (tensor<2x3x4xf64>, tensor<4x2x1x3xf64>) -> tensor<2x3x2x1x3xf64>
      %k0 = mpc.slice %kv dim 2 start 0 size 1 : tensor<2x3x2x1x3xf64> -> tensor<2x3x1x1x3xf64>
      %v0 = mpc.slice %kv dim 2 start 1 size 1 : tensor<2x3x2x1x3xf64> -> tensor<2x3x1x1x3xf64>
      %k = mpc.reshape %k0 : tensor<2x3x1x1x3xf64> to tensor<2x3x1x3xf64>
      %v = mpc.reshape %v0 : tensor<2x3x1x1x3xf64> to tensor<2x3x1x3xf64>
      %a = mpc.attention %q, %k, %v scale 0.6 causal : (tensor<2x3x2x3xf64>, tensor<2x3x1x3xf64>, tensor<2x3x1x3xf64>) -> tensor<2x3x2x3xf64>
      %o = mpc.einsum "bshd,hdk->bsk" %a, %wout : (tensor<2x3x2x3xf64>, tensor<2x3x4xf64>) -> tensor<2x3x4xf64>
      %r = mpc.add %x, %o : tensor<2x3x4xf64>
      %m = mpc.rms_norm %r, %scale epsilon 1.0e-5 : (tensor<2x3x4xf64>, tensor<4xf64>) -> tensor<2x3x4xf64>
      %u = mpc.matmul %m, %up : (tensor<2x3x4xf64>, tensor<4x5xf64>) -> tensor<2x3x5xf64>
      %g = mpc.gelu tanh %u : tensor<2x3x5xf64>
      %d = mpc.matmul %g, %down : (tensor<2x3x5xf64>, tensor<5x4xf64>) -> tensor<2x3x4xf64>
      %z = mpc.add %r, %d : tensor<2x3x4xf64>
      %logits = mpc.matmul %z, %wte transpose_rhs : (tensor<2x3x4xf64>, tensor<6x4xf64>) -> tensor<2x3x6xf64>
      return %logits : tensor<2x3x6xf64>
    })");
  ASSERT_TRUE(module);
  ASSERT_TRUE(
      succeeded(module.run("mpc-autodiff{loss=next-token ignore-index=-1},"
                           "mpc-decompose,canonicalize,cse")));
  func::FuncOp func = module.func("train_step");
  Variables variables = module.makeVariables(11);
  std::vector<Tensor> inputs = {{{2, 3}, {5, 1, 0, 2, 2, 4}},
                                {{2, 3}, {1, 0, -1, 2, 4, 3}}};
  Evaluation run = llvm::cantFail(evaluate(func, inputs, variables));
  EXPECT_EQ(run.outputs[1].data[0], 5);
  for (const auto &[name, value] : variables)
    for (size_t index = 0; index < value.data.size(); index += 3) {
      const Tensor &gradient = run.outputs[*findResult(func, name)];
      EXPECT_NEAR(gradient.data[index],
                  getSlope(func, inputs, variables, name, index), 1e-6)
          << name << "[" << index << "]";
    }
}

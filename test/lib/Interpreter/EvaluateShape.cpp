//===- EvaluateShape.cpp - the same elements, elsewhere; reductions -------===//

#include "Evaluators.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

static double toDouble(TypedAttr value) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  auto number = cast<IntegerAttr>(value);
  bool isUnsigned =
      number.getType().isUnsignedInteger() || number.getType().isInteger(1);
  return isUnsigned ? static_cast<double>(number.getValue().getZExtValue())
                    : static_cast<double>(number.getValue().getSExtValue());
}

static Tensor evaluateConstant(ConstantOp op, Operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  llvm::fill(result.data, toDouble(op.getValue()));
  return result;
}

static Tensor evaluateGlobalIndex(GlobalIndexOp op, Operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  for (auto [index, value] : llvm::enumerate(result.data))
    value = static_cast<double>(index);
  return result;
}

static Tensor evaluateReshape(ReshapeOp op, Operands operands) {
  return {shapeOf(op.getResult()).vec(), operands[0].data};
}

static Tensor evaluateTranspose(TransposeOp op, Operands operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(operands[0].shape, [&](const Coords &from) {
    Coords to;
    for (int64_t dim : op.getPermutation())
      to.push_back(from[dim]);
    ref(result, to) = at(operands[0], from);
  });
  return result;
}

static Tensor evaluateBroadcast(BroadcastOp op, Operands operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(result.shape, [&](const Coords &coords) {
    ref(result, coords) = at(operands[0], coords);
  });
  return result;
}

static Tensor evaluateSlice(SliceOp op, Operands operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  forEach(result.shape, [&](const Coords &to) {
    Coords from = to;
    from[op.getDim()] += op.getStart();
    ref(result, to) = at(operands[0], from);
  });
  return result;
}

static Tensor evaluateConcat(ConcatOp op, Operands operands) {
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  int64_t start = 0, dim = op.getDim();
  for (const Tensor &operand : operands) {
    forEach(operand.shape, [&](const Coords &from) {
      Coords to = from;
      to[dim] += start;
      ref(result, to) = at(operand, from);
    });
    start += operand.shape[dim];
  }
  return result;
}

static Tensor evaluateReduce(ReduceOp op, Operands operands) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Tensor result = Tensor::zeros(shapeOf(op.getResult()));
  ReductionKind kind = op.getKind();
  if (kind != ReductionKind::Sum)
    llvm::fill(result.data, kind == ReductionKind::Max ? -infinity : infinity);
  forEach(operands[0].shape, [&](const Coords &from) {
    Coords to = from;
    for (int64_t dim : op.getDims())
      to[dim] = 0;
    double value = at(operands[0], from), &sum = ref(result, to);
    sum = kind == ReductionKind::Sum   ? sum + value
          : kind == ReductionKind::Max ? std::max(sum, value)
                                       : std::min(sum, value);
  });
  return result;
}

std::optional<std::vector<Tensor>> test::evaluateShape(Operation *op,
                                                       Operands operands) {
  using Result = std::optional<std::vector<Tensor>>;
  auto one = [](Tensor tensor) -> Result {
    return std::vector<Tensor>{std::move(tensor)};
  };
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](ConstantOp op) { return one(evaluateConstant(op, operands)); })
      .Case([&](GlobalIndexOp op) {
        return one(evaluateGlobalIndex(op, operands));
      })
      .Case([&](ReshapeOp op) { return one(evaluateReshape(op, operands)); })
      .Case(
          [&](TransposeOp op) { return one(evaluateTranspose(op, operands)); })
      .Case(
          [&](BroadcastOp op) { return one(evaluateBroadcast(op, operands)); })
      .Case([&](SliceOp op) { return one(evaluateSlice(op, operands)); })
      .Case([&](ConcatOp op) { return one(evaluateConcat(op, operands)); })
      .Case([&](ReduceOp op) { return one(evaluateReduce(op, operands)); })
      .Default([](Operation *) { return Result(); });
}

//===- Inference.cpp - result types of elementwise and shape ops ----------===//

#include "InferenceSupport.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace mpc;

std::string mpc::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(shape, os);
  os << "]";
  return text;
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

template <typename Op>
static LogicalResult inferSameType(std::optional<Location> location,
                                   Value input,
                                   SmallVectorImpl<Type> &results) {
  InferenceError<Op> error(location);
  if (failed(error.checkTensors(input)))
    return failure();
  results.push_back(input.getType());
  return success();
}

#define MPC_SAME_TYPE(OP)                                                      \
  LogicalResult OP::inferReturnTypes(                                          \
      MLIRContext *, std::optional<Location> location, Adaptor adaptor,        \
      SmallVectorImpl<Type> &results) {                                        \
    return inferSameType<OP>(location, adaptor.getInput(), results);           \
  }

MPC_SAME_TYPE(NegOp)
MPC_SAME_TYPE(ExpOp)
MPC_SAME_TYPE(LogOp)
MPC_SAME_TYPE(SqrtOp)
MPC_SAME_TYPE(RsqrtOp)
MPC_SAME_TYPE(TanhOp)
MPC_SAME_TYPE(ErfOp)
MPC_SAME_TYPE(AbsOp)
MPC_SAME_TYPE(SigmoidOp)
MPC_SAME_TYPE(SiluOp)
MPC_SAME_TYPE(ReluOp)
MPC_SAME_TYPE(SoftplusOp)
MPC_SAME_TYPE(GeluOp)

#undef MPC_SAME_TYPE

/// NumPy broadcasting: shapes aligned at their last dimension, size 1 repeats.
template <typename Op>
static FailureOr<Shape> inferBroadcast(InferenceError<Op> error,
                                       ValueRange operands) {
  if (failed(error.checkTensors(operands)))
    return failure();
  Shape result;
  for (Value operand : operands) {
    ArrayRef<int64_t> shape = tensorOf(operand).getShape();
    if (shape.size() > result.size())
      result.insert(result.begin(), shape.size() - result.size(), 1);
    size_t lead = result.size() - shape.size();
    for (auto [dim, size] : llvm::enumerate(shape)) {
      int64_t &common = result[lead + dim];
      if (common != size && common != 1 && size != 1)
        return error("shape ", shapeText(shape), " does not broadcast to ",
                     shapeText(result), ": sizes ", size, " and ", common,
                     " meet in dimension ", lead + dim);
      if (common == 1)
        common = size;
    }
  }
  return result;
}

enum class Elements { Numbers, Floats, Integers };

template <typename Op>
static LogicalResult inferBinary(std::optional<Location> location,
                                 ValueRange operands, Elements allowed,
                                 SmallVectorImpl<Type> &results) {
  InferenceError<Op> error(location);
  FailureOr<Shape> shape = inferBroadcast(error, operands);
  if (failed(shape) || failed(error.checkElements(operands)))
    return failure();
  Type element = tensorOf(operands.front()).getElementType();
  if (allowed == Elements::Numbers && element.isInteger(1))
    return error("expected numbers, found truth values ('i1')");
  if (allowed == Elements::Floats && !isa<FloatType>(element))
    return error("expected floating-point elements, found ", element);
  if (allowed == Elements::Integers && !isa<IntegerType>(element))
    return error("expected integers or truth values, found ", element);
  results.push_back(RankedTensorType::get(*shape, element));
  return success();
}

#define MPC_BINARY(OP, ELEMENTS)                                               \
  LogicalResult OP::inferReturnTypes(                                          \
      MLIRContext *, std::optional<Location> location, Adaptor adaptor,        \
      SmallVectorImpl<Type> &results) {                                        \
    return inferBinary<OP>(location, adaptor.getOperands(),                    \
                           Elements::ELEMENTS, results);                       \
  }

MPC_BINARY(AddOp, Numbers)
MPC_BINARY(SubOp, Numbers)
MPC_BINARY(MulOp, Numbers)
MPC_BINARY(DivOp, Numbers)
MPC_BINARY(PowOp, Floats)
MPC_BINARY(GeluGradOp, Floats)
MPC_BINARY(MaximumOp, Numbers)
MPC_BINARY(MinimumOp, Numbers)
MPC_BINARY(AndOp, Integers)
MPC_BINARY(OrOp, Integers)

#undef MPC_BINARY

LogicalResult CompareOp::inferReturnTypes(MLIRContext *context,
                                          std::optional<Location> location,
                                          Adaptor adaptor,
                                          SmallVectorImpl<Type> &results) {
  InferenceError<CompareOp> error(location);
  FailureOr<Shape> shape = inferBroadcast(error, adaptor.getOperands());
  if (failed(shape) || failed(error.checkElements(adaptor.getOperands())))
    return failure();
  results.push_back(
      RankedTensorType::get(*shape, IntegerType::get(context, 1)));
  return success();
}

LogicalResult SelectOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  InferenceError<SelectOp> error(location);
  FailureOr<Shape> shape = inferBroadcast(error, adaptor.getOperands());
  ValueRange choices = adaptor.getOperands().drop_front();
  if (failed(shape) || failed(error.checkElements(choices)))
    return failure();
  results.push_back(RankedTensorType::get(
      *shape, tensorOf(choices.front()).getElementType()));
  return success();
}

LogicalResult RandomBitsOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> location,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &results) {
  InferenceError<RandomBitsOp> error(location);
  if (failed(error.checkTensors(adaptor.getIndex())))
    return failure();
  results.push_back(
      tensorOf(adaptor.getIndex()).clone(IntegerType::get(context, 32)));
  return success();
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

LogicalResult GlobalIndexOp::inferReturnTypes(MLIRContext *context,
                                              std::optional<Location> location,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &results) {
  InferenceError<GlobalIndexOp> error(location);
  RankedTensorType input = tensorOf(adaptor.getInput());
  int64_t dim = adaptor.getDim();
  if (failed(error.checkTensors(adaptor.getInput())) ||
      failed(error.checkDim(dim, input)))
    return failure();
  Shape shape(input.getRank(), 1);
  shape[dim] = input.getDimSize(dim);
  results.push_back(
      RankedTensorType::get(shape, IntegerType::get(context, 64)));
  return success();
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *,
                                            std::optional<Location> location,
                                            Adaptor adaptor,
                                            SmallVectorImpl<Type> &results) {
  InferenceError<TransposeOp> error(location);
  if (failed(error.checkTensors(adaptor.getInput())))
    return failure();
  RankedTensorType input = tensorOf(adaptor.getInput());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  llvm::SmallBitVector seen(input.getRank());
  Shape shape;
  for (int64_t dim : permutation) {
    if (dim < 0 || dim >= input.getRank() || seen.test(dim))
      break;
    seen.set(dim);
    shape.push_back(input.getDimSize(dim));
  }
  if (shape.size() != permutation.size() || !seen.all())
    return error(shapeText(permutation), " is no permutation of the ",
                 input.getRank(), " dimensions of ", input);
  results.push_back(input.clone(shape));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *,
                                        std::optional<Location> location,
                                        Adaptor adaptor,
                                        SmallVectorImpl<Type> &results) {
  InferenceError<SliceOp> error(location);
  RankedTensorType input = tensorOf(adaptor.getInput());
  int64_t dim = adaptor.getDim(), start = adaptor.getStart();
  int64_t size = adaptor.getSize();
  if (failed(error.checkTensors(adaptor.getInput())) ||
      failed(error.checkDim(dim, input)))
    return failure();
  int64_t whole = input.getDimSize(dim);
  if (size < 1)
    return error("expected a size of at least 1, found ", size);
  if (start < 0 || start > whole || size > whole - start)
    return error(size, " elements from ", start, " do not lie in dimension ",
                 dim, " of size ", whole);
  Shape shape(input.getShape());
  shape[dim] = size;
  results.push_back(input.clone(shape));
  return success();
}

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> location,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &results) {
  InferenceError<ConcatOp> error(location);
  ValueRange inputs = adaptor.getInputs();
  int64_t dim = adaptor.getDim();
  if (inputs.empty())
    return error("expected at least one operand");
  if (failed(error.checkTensors(inputs)) ||
      failed(error.checkDim(dim, tensorOf(inputs.front()))) ||
      failed(error.checkElements(inputs)))
    return failure();
  Shape shape(tensorOf(inputs.front()).getShape());
  for (Value input : inputs.drop_front()) {
    Shape other(tensorOf(input).getShape());
    if (other.size() != shape.size())
      return error("expected equal ranks, found ", shape.size(), " and ",
                   other.size());
    int64_t joined = shape[dim] + other[dim];
    shape[dim] = other[dim];
    if (shape != other)
      return error("expected shapes that differ in dimension ", dim,
                   " only, found ", inputs.front().getType(), " and ",
                   input.getType());
    shape[dim] = joined;
  }
  results.push_back(tensorOf(inputs.front()).clone(shape));
  return success();
}

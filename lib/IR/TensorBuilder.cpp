//===- TensorBuilder.cpp - formulas as mpc ops ----------------------------===//

#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

Value TensorBuilder::constant(RankedTensorType type, double value) {
  Type element = type.getElementType();
  if (isa<FloatType>(element))
    return create<ConstantOp>(type, builder.getFloatAttr(element, value));
  return create<ConstantOp>(
      type, builder.getIntegerAttr(element, static_cast<int64_t>(value)));
}

Value TensorBuilder::scalar(Value like, double value) {
  return constant(RankedTensorType::get({}, getElementTypeOrSelf(like)), value);
}

Value TensorBuilder::reduce(ReductionKind kind, Value x, Dims dims) {
  if (dims.empty())
    return x;
  return create<ReduceOp>(kind, x, dims);
}

Value TensorBuilder::mean(Value x, Dims dims) {
  int64_t size = 1;
  for (int64_t dim : dims)
    size *= getShape(x)[dim];
  return mul(sum(x, dims), 1.0 / static_cast<double>(size));
}

Value TensorBuilder::sumAll(Value x) {
  auto dims = llvm::to_vector(llvm::seq<int64_t>(getShape(x).size()));
  return reshape(sum(x, dims), {});
}

Value TensorBuilder::sumTo(Value x, Dims shape) {
  Dims from = getShape(x);
  int64_t added = from.size() - shape.size();
  SmallVector<int64_t> dims;
  for (int64_t dim = 0, rank = from.size(); dim < rank; ++dim)
    if (dim < added || (shape[dim - added] == 1 && from[dim] != 1))
      dims.push_back(dim);
  return reshape(sum(x, dims), shape);
}

Value TensorBuilder::reshape(Value x, Dims shape) {
  if (getShape(x) == shape)
    return x;
  return create<ReshapeOp>(getTensorType(x).clone(shape), x);
}

Value TensorBuilder::slice(Value x, int64_t dim, int64_t begin, int64_t end) {
  if (begin == 0 && end == getShape(x)[dim])
    return x;
  return create<SliceOp>(x, dim, begin, end - begin);
}

Value TensorBuilder::broadcast(Value x, Dims shape) {
  if (getShape(x) == shape)
    return x;
  return create<BroadcastOp>(getTensorType(x).clone(shape), x);
}

Value TensorBuilder::cast(Value x, Type element) {
  if (getElementTypeOrSelf(x) == element)
    return x;
  return create<CastOp>(getTensorType(x).clone(element), x);
}

Value TensorBuilder::widen(Value x) {
  return isNarrowFloat(getElementTypeOrSelf(x)) ? cast(x, builder.getF32Type())
                                                : x;
}

//===- GradientsShape.cpp - derivatives of shape ops and reductions -------===//

#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

void ReshapeOp::buildGradients(OpBuilder &builder,
                               ArrayRef<Value> resultGradients,
                               const BitVector &needed,
                               SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  operandGradients[0] = t.reshape(resultGradients[0], getShape(getInput()));
}

void TransposeOp::buildGradients(OpBuilder &builder,
                                 ArrayRef<Value> resultGradients,
                                 const BitVector &needed,
                                 SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  SmallVector<int64_t> inverse(getPermutation().size());
  for (auto [to, from] : llvm::enumerate(getPermutation()))
    inverse[from] = to;
  operandGradients[0] =
      TransposeOp::create(builder, getLoc(), resultGradients[0], inverse);
}

void BroadcastOp::buildGradients(OpBuilder &builder,
                                 ArrayRef<Value> resultGradients,
                                 const BitVector &needed,
                                 SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  operandGradients[0] = t.sumTo(resultGradients[0], getShape(getInput()));
}

/// `gradient` between zeros where the slice cut something off.
void SliceOp::buildGradients(OpBuilder &builder,
                             ArrayRef<Value> resultGradients,
                             const BitVector &needed,
                             SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0];
  if (!dy || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  SmallVector<Value, 3> parts;
  auto addZeros = [&](int64_t size) {
    if (size == 0)
      return;
    SmallVector<int64_t> shape(getShape(dy));
    shape[getDim()] = size;
    parts.push_back(t.constant(getTensorType(dy).clone(shape), 0));
  };
  int64_t end = getStart() + getSize();
  addZeros(getStart());
  parts.push_back(dy);
  addZeros(getShape(getInput())[getDim()] - end);
  operandGradients[0] =
      parts.size() == 1 ? dy : t.create<ConcatOp>(ValueRange(parts), getDim());
}

void ConcatOp::buildGradients(OpBuilder &builder,
                              ArrayRef<Value> resultGradients,
                              const BitVector &needed,
                              SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0])
    return;
  int64_t start = 0;
  for (auto [index, input] : llvm::enumerate(getInputs())) {
    int64_t size = getShape(input)[getDim()];
    if (needed[index])
      operandGradients[index] = SliceOp::create(
          builder, getLoc(), resultGradients[0], getDim(), start, size);
    start += size;
  }
}

/// A sum repeats its gradient; a maximum or minimum divides it among the
/// elements that attain it, as PyTorch's amax does.
void ReduceOp::buildGradients(OpBuilder &builder,
                              ArrayRef<Value> resultGradients,
                              const BitVector &needed,
                              SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0], x = getInput();
  if (!dy || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  if (getKind() == ReductionKind::Sum) {
    operandGradients[0] = t.broadcast(dy, getShape(x));
    return;
  }
  Value attains = t.compare(Comparison::EQ, x, getResult());
  Value ties = t.sum(t.cast(attains, getElementTypeOrSelf(x)), getDims());
  operandGradients[0] = t.keepWhere(attains, t.div(dy, ties));
}

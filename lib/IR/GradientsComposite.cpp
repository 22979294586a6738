//===- GradientsComposite.cpp - derivatives of softmax, norms, losses -----===//

#include "CompositeMath.h"

using namespace mlir;
using namespace mpc;

void SoftmaxOp::buildGradients(OpBuilder &builder,
                               ArrayRef<Value> resultGradients,
                               const BitVector &needed,
                               SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  Value dy = t.widen(resultGradients[0]), y = t.widen(getResult());
  Value mean = t.sum(t.mul(dy, y), {static_cast<int64_t>(getDim())});
  operandGradients[0] =
      t.cast(t.mul(t.sub(dy, mean), y), getElementTypeOrSelf(getInput()));
}

void FlashAttentionOp::buildGradients(
    OpBuilder &builder, ArrayRef<Value> resultGradients,
    const BitVector &needed, SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || needed.none())
    return;
  auto grad = FlashAttentionGradOp::create(
      builder, getLoc(), resultGradients[0], getQuery(), getKey(), getValue(),
      getResult(), getLogSumExp(), getScaleAttr(), getCausalAttr());
  for (unsigned operand = 0; operand < 3; ++operand)
    if (needed[operand])
      operandGradients[operand] = grad->getResult(operand);
}

//===----------------------------------------------------------------------===//
// Norms: y = n * scale (+ bias), n normalized rows
//===----------------------------------------------------------------------===//

/// Sums over all rows, back to the operand's shape and type.
static Value sumRows(TensorBuilder &t, Value x, Value operand) {
  return t.cast(t.sumTo(x, getShape(operand)), getElementTypeOrSelf(operand));
}

/// rstd * (g - n * mean(g * n)), the gradient through the root mean square.
static Value buildRmsGradient(TensorBuilder &t, const NormalizedRows &rows,
                              Value g) {
  Value along = t.mean(t.mul(g, rows.normalized), {getLastDim(g)});
  return t.mul(rows.rstd, t.sub(g, t.mul(rows.normalized, along)));
}

void LayerNormOp::buildGradients(OpBuilder &builder,
                                 ArrayRef<Value> resultGradients,
                                 const BitVector &needed,
                                 SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0])
    return;
  TensorBuilder t(builder, getLoc());
  Value dy = t.widen(resultGradients[0]);
  if (getBias() && needed[2])
    operandGradients[2] = sumRows(t, dy, getBias());
  if (!needed[0] && !needed[1])
    return;
  NormalizedRows rows = buildLayerNormRows(t, t.widen(getInput()),
                                           getEpsilon().convertToDouble());
  if (needed[1])
    operandGradients[1] = sumRows(t, t.mul(dy, rows.normalized), getScale());
  if (!needed[0])
    return;
  Value g = t.mul(dy, t.widen(getScale()));
  Value centered = t.sub(g, t.mean(g, {getLastDim(g)}));
  operandGradients[0] = t.cast(buildRmsGradient(t, rows, centered),
                               getElementTypeOrSelf(getInput()));
}

void RmsNormOp::buildGradients(OpBuilder &builder,
                               ArrayRef<Value> resultGradients,
                               const BitVector &needed,
                               SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || needed.none())
    return;
  TensorBuilder t(builder, getLoc());
  Value dy = t.widen(resultGradients[0]);
  NormalizedRows rows =
      buildRmsNormRows(t, t.widen(getInput()), getEpsilon().convertToDouble());
  if (needed[1])
    operandGradients[1] = sumRows(t, t.mul(dy, rows.normalized), getScale());
  if (needed[0])
    operandGradients[0] =
        t.cast(buildRmsGradient(t, rows, t.mul(dy, t.widen(getScale()))),
               getElementTypeOrSelf(getInput()));
}

//===----------------------------------------------------------------------===//
// Losses; their counts have no gradient
//===----------------------------------------------------------------------===//

/// softmax - 1 at the label, and nothing in ignored rows.
void CrossEntropyOp::buildGradients(OpBuilder &builder,
                                    ArrayRef<Value> resultGradients,
                                    const BitVector &needed,
                                    SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  TensorBuilder t(builder, getLoc());
  Value logits = t.widen(getLogits());
  Value dsum = t.cast(resultGradients[0], getElementTypeOrSelf(logits));
  Value p = t.create<SoftmaxOp>(logits, getLastDim(logits));
  LabelMasks masks = buildLabelMasks(t, *this);
  Value slope = t.select(masks.isLabel, t.add(p, -1), p);
  operandGradients[0] = t.cast(t.keepWhere(masks.isCounted, t.mul(slope, dsum)),
                               getElementTypeOrSelf(getLogits()));
}

void SquaredErrorOp::buildGradients(OpBuilder &builder,
                                    ArrayRef<Value> resultGradients,
                                    const BitVector &needed,
                                    SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || needed.none())
    return;
  TensorBuilder t(builder, getLoc());
  Value difference = t.sub(t.widen(getPrediction()), t.widen(getTarget()));
  Value dsum = t.cast(resultGradients[0], getElementTypeOrSelf(difference));
  Value slope = t.cast(t.mul(difference, t.mul(dsum, 2)),
                       getElementTypeOrSelf(getPrediction()));
  if (needed[0])
    operandGradients[0] = slope;
  if (needed[1])
    operandGradients[1] = t.neg(slope);
}

//===----------------------------------------------------------------------===//
// Dropout: the same mask, computed again
//===----------------------------------------------------------------------===//

void DropoutOp::buildGradients(OpBuilder &builder,
                               ArrayRef<Value> resultGradients,
                               const BitVector &needed,
                               SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0];
  if (!dy || !needed[0])
    return;
  operandGradients[0] = DropoutOp::create(builder, getLoc(), dy, getStep(),
                                          getRateAttr(), getSeedAttr());
}

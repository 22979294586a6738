//===- Decompositions.cpp - composite ops in simpler ones -----------------===//

#include "CompositeMath.h"
#include <algorithm>

using namespace mlir;
using namespace mpc;

SmallVector<Value> SoftmaxOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  ShiftedExp parts = buildShiftedExp(t, t.widen(getInput()), getDim());
  // The sum is at least 1, but 0 in a row of -inf, which becomes 0 and not NaN.
  Value sum = t.maximum(parts.sum, std::numeric_limits<float>::min());
  return {t.cast(t.div(parts.exp, sum), getElementTypeOrSelf(getInput()))};
}

SmallVector<Value> LayerNormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  NormalizedRows rows = buildLayerNormRows(t, t.widen(getInput()),
                                           getEpsilon().convertToDouble());
  Value y = t.mul(rows.normalized, t.widen(getScale()));
  if (getBias())
    y = t.add(y, t.widen(getBias()));
  return {t.cast(y, getElementTypeOrSelf(getInput()))};
}

SmallVector<Value> RmsNormOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  NormalizedRows rows =
      buildRmsNormRows(t, t.widen(getInput()), getEpsilon().convertToDouble());
  return {t.cast(t.mul(rows.normalized, t.widen(getScale())),
                 getElementTypeOrSelf(getInput()))};
}

//===----------------------------------------------------------------------===//
// Losses
//===----------------------------------------------------------------------===//

/// log(sum(e^x)) - x[label] of the rows that count.
SmallVector<Value> CrossEntropyOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value logits = t.widen(getLogits());
  int64_t dim = getLastDim(logits);
  ShiftedExp parts = buildShiftedExp(t, logits, dim);
  LabelMasks masks = buildLabelMasks(t, *this);
  Value picked = t.sum(t.keepWhere(masks.isLabel, parts.shifted), {dim});
  Value loss = t.keepWhere(masks.isCounted, t.sub(t.log(parts.sum), picked));
  Type f32 = builder.getF32Type();
  return {t.cast(t.sumAll(loss), f32), t.sumAll(t.cast(masks.isCounted, f32))};
}

SmallVector<Value> SquaredErrorOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value difference = t.sub(t.widen(getPrediction()), t.widen(getTarget()));
  Type f32 = builder.getF32Type();
  // Counted by a sum, so that the count is partial wherever the loss is.
  Value ones = t.constant(getTensorType(difference).clone(f32), 1);
  return {t.cast(t.sumAll(t.square(difference)), f32), t.sumAll(ones)};
}

//===----------------------------------------------------------------------===//
// Dropout
//===----------------------------------------------------------------------===//

SmallVector<Value> DropoutOp::decompose(OpBuilder &builder) {
  TensorBuilder t(builder, getLoc());
  Value mask = buildDropoutMask(t, *this);
  double scale = 1 / (1 - getRate().convertToDouble());
  Value kept = t.keepWhere(mask, t.mul(t.widen(getInput()), scale));
  return {t.cast(kept, getElementTypeOrSelf(getInput()))};
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

namespace {
/// Heads are one dimension h where every head has a key of its own, else two,
/// g groups of r heads.
struct AttentionShapes {
  explicit AttentionShapes(AttentionOp op)
      : query(getShape(op.getQuery())), key(getShape(op.getKey())),
        isGrouped(key[2] != query[2]) {}

  /// [.., H, ..] with H at `dim` as [.., G, H / G, ..].
  SmallVector<int64_t> split(ArrayRef<int64_t> shape, int64_t dim) const {
    SmallVector<int64_t> result(shape);
    if (!isGrouped)
      return result;
    bool isBroadcast = shape[dim] == 1;
    result[dim] = isBroadcast ? 1 : key[2];
    result.insert(result.begin() + dim + 1,
                  isBroadcast ? 1 : query[2] / key[2]);
    return result;
  }
  StringRef scoresSpec() const {
    return isGrouped ? "bsgrd,btgd->bgrst" : "bshd,bthd->bhst";
  }
  StringRef resultSpec() const {
    return isGrouped ? "bgrst,btge->bsgre" : "bhst,bthe->bshe";
  }

  ArrayRef<int64_t> query, key;
  bool isGrouped;
};
} // namespace

/// Row s of a causal attention sees keys t <= s + T - S. Cut in blocks of rows,
/// each with the keys that its last row sees, nearly half of the work falls
/// away; a block is large enough for a GEMM to run at speed.
static constexpr int64_t kMinCausalRows = 128, kMaxCausalBlocks = 4;

namespace {
/// Builds rows [begin, end) of an attention.
class AttentionRows {
public:
  AttentionRows(OpBuilder &builder, AttentionOp op)
      : t(builder, op.getLoc()), op(op), shapes(op),
        shift(shapes.key[1] - shapes.query[1]) {}

  Value build(int64_t begin, int64_t end);

private:
  Value hideLaterKeys(Value scores, int64_t begin);
  /// The part of the mask for these rows and the first `keys` keys.
  Value sliceMask(int64_t begin, int64_t end, int64_t keys);

  TensorBuilder t;
  AttentionOp op;
  AttentionShapes shapes;
  int64_t shift;
};
} // namespace

Value AttentionRows::hideLaterKeys(Value scores, int64_t begin) {
  int64_t keyDim = getLastDim(scores);
  Value position = t.globalIndex(scores, keyDim - 1);
  if (begin + shift != 0)
    position = t.add(position, static_cast<double>(begin + shift));
  Value sees =
      t.compare(Comparison::GE, position, t.globalIndex(scores, keyDim));
  double hidden = -std::numeric_limits<double>::infinity();
  return t.select(sees, scores, t.scalar(scores, hidden));
}

Value AttentionRows::sliceMask(int64_t begin, int64_t end, int64_t keys) {
  Value mask = op.getMask();
  if (getShape(mask)[2] != 1)
    mask = t.slice(mask, 2, begin, end);
  if (getShape(mask)[3] != 1)
    mask = t.slice(mask, 3, 0, keys);
  return t.widen(t.reshape(mask, shapes.split(getShape(mask), 1)));
}

Value AttentionRows::build(int64_t begin, int64_t end) {
  int64_t keys = op.getCausal() ? end + shift : shapes.key[1];
  Value query = t.slice(op.getQuery(), 1, begin, end);
  Value key = t.slice(op.getKey(), 1, 0, keys);
  Value value = t.slice(op.getValue(), 1, 0, keys);
  SmallVector<int64_t> resultShape(getShape(op.getResult()));
  resultShape[1] = end - begin;

  query = t.reshape(query, shapes.split(getShape(query), 2));
  Value scores = t.widen(t.einsum(shapes.scoresSpec(), query, key));
  scores = t.mul(scores, op.getScale().convertToDouble());
  if (op.getMask())
    scores = t.add(scores, sliceMask(begin, end, keys));
  if (op.getCausal())
    scores = hideLaterKeys(scores, begin);
  // The softmax computes in f32 as well; the backward pass keeps its result.
  scores = t.cast(scores, getElementTypeOrSelf(value));
  Value weights = t.create<SoftmaxOp>(scores, getLastDim(scores));
  Value result = t.einsum(shapes.resultSpec(), weights, value);
  return t.reshape(result, resultShape);
}

SmallVector<Value> AttentionOp::decompose(OpBuilder &builder) {
  int64_t rows = getShape(getQuery())[1];
  int64_t blocks = getCausal() ? std::clamp<int64_t>(rows / kMinCausalRows, 1,
                                                     kMaxCausalBlocks)
                               : 1;
  AttentionRows attention(builder, *this);
  SmallVector<Value> parts;
  for (int64_t block = 0; block < blocks; ++block)
    parts.push_back(
        attention.build(rows * block / blocks, rows * (block + 1) / blocks));
  if (parts.size() == 1)
    return parts;
  return {ConcatOp::create(builder, getLoc(), ValueRange(parts), 1)};
}

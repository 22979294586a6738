//===- CompositeMath.cpp - parts common to composites and gradients -------===//

#include "CompositeMath.h"
#include <limits>

using namespace mlir;
using namespace mpc;

SmallVector<int64_t> mpc::getLeadingDims(Value x) {
  return llvm::to_vector(llvm::seq<int64_t>(getLastDim(x)));
}

ShiftedExp mpc::buildShiftedExp(TensorBuilder &t, Value x, int64_t dim) {
  // A row of -inf (all masked) has maximum -inf, and -inf - -inf is NaN. The
  // lowest finite number changes no other row.
  double lowest = std::numeric_limits<float>::lowest();
  Value shifted = t.sub(x, t.maximum(t.max(x, {dim}), lowest));
  Value exp = t.exp(shifted);
  return {shifted, exp, t.sum(exp, {dim})};
}

NormalizedRows mpc::buildLayerNormRows(TensorBuilder &t, Value x,
                                       double epsilon) {
  int64_t dim = getLastDim(x);
  Value centered = t.sub(x, t.mean(x, {dim}));
  Value variance = t.mean(t.square(centered), {dim});
  Value rstd = t.rsqrt(t.add(variance, epsilon));
  return {t.mul(centered, rstd), rstd};
}

NormalizedRows mpc::buildRmsNormRows(TensorBuilder &t, Value x,
                                     double epsilon) {
  Value rstd = t.rsqrt(t.add(t.mean(t.square(x), {getLastDim(x)}), epsilon));
  return {t.mul(x, rstd), rstd};
}

LabelMasks mpc::buildLabelMasks(TensorBuilder &t, CrossEntropyOp op) {
  SmallVector<int64_t> column(getShape(op.getLabels()));
  column.push_back(1);
  Value index = t.globalIndex(op.getLogits(), getLastDim(op.getLogits()));
  Value labels =
      t.cast(t.reshape(op.getLabels(), column), getElementTypeOrSelf(index));
  Value isLabel = t.compare(Comparison::EQ, labels, index);
  auto ignored = static_cast<int64_t>(op.getIgnoreIndex());
  return {isLabel,
          t.compare(Comparison::NE, labels, static_cast<double>(ignored))};
}

/// The row-major number of every element: [..] i64.
static Value buildLinearIndex(TensorBuilder &t, Value like, Type i64) {
  Value index;
  int64_t stride = 1;
  for (int64_t dim = getLastDim(like); dim >= 0; --dim) {
    Value part = t.globalIndex(like, dim);
    if (stride != 1)
      part = t.mul(part, static_cast<double>(stride));
    index = index ? t.add(part, index) : part;
    stride *= getShape(like)[dim];
  }
  return index ? index : t.constant(RankedTensorType::get({}, i64), 0);
}

Value mpc::buildDropoutMask(TensorBuilder &t, DropoutOp op) {
  Value index =
      buildLinearIndex(t, op.getInput(), getElementTypeOrSelf(op.getStep()));
  Value bits = t.create<RandomBitsOp>(index, op.getStep(), op.getSeed());
  // The bits are uniform on signed numbers; the lowest `rate` of them drop.
  constexpr double range = 4294967296.0;
  double rate = op.getRate().convertToDouble();
  double threshold = std::floor(rate * range) - range / 2;
  return t.compare(Comparison::GE, bits, threshold);
}

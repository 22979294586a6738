//===- CanonicalizePads.cpp - sums of what zeros surround -----------------===//
//
// The gradient of a slice is a concatenation with zeros. Where several slices
// take a tensor apart (q, k and v of one product), the sum of their gradients
// is one concatenation.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

namespace {
/// An operand of a concatenation that is not zeros: where it begins and ends.
struct Part {
  Value value;
  int64_t begin, end;
};
} // namespace

static bool isZeros(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto number =
      constant ? dyn_cast<FloatAttr>(constant.getValue()) : FloatAttr();
  return number && number.getValue().isZero();
}

/// Appends the parts of a concatenation; false if none of it is zeros.
static bool addParts(ConcatOp concat, SmallVectorImpl<Part> &parts) {
  int64_t begin = 0;
  size_t before = parts.size();
  for (Value input : concat.getInputs()) {
    int64_t end = begin + getShape(input)[concat.getDim()];
    if (!isZeros(input))
      parts.push_back({input, begin, end});
    begin = end;
  }
  return parts.size() - before < concat.getInputs().size();
}

static bool overlap(ArrayRef<Part> sorted) {
  for (size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].begin < sorted[i - 1].end)
      return true;
  return false;
}

/// The parts, and zeros between them, of a tensor of `type` cut along `dim`.
static SmallVector<Value> fillGaps(TensorBuilder &t, ArrayRef<Part> parts,
                                   RankedTensorType type, int64_t dim) {
  SmallVector<Value> inputs;
  int64_t position = 0;
  auto fillTo = [&](int64_t end) {
    if (position == end)
      return;
    SmallVector<int64_t> shape(type.getShape());
    shape[dim] = end - position;
    inputs.push_back(t.constant(type.clone(shape), 0));
  };
  for (const Part &part : parts) {
    fillTo(part.begin);
    inputs.push_back(part.value);
    position = part.end;
  }
  fillTo(type.getDimSize(dim));
  return inputs;
}

namespace {
/// concat(a, 0, 0) + concat(0, b, 0) -> concat(a, b, 0).
struct AddPads : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override {
    auto lhs = op.getLhs().getDefiningOp<ConcatOp>();
    auto rhs = op.getRhs().getDefiningOp<ConcatOp>();
    if (!lhs || !rhs || lhs.getDim() != rhs.getDim() ||
        lhs.getType() != rhs.getType())
      return rewriter.notifyMatchFailure(op, "no two concats of one dimension");
    SmallVector<Part> parts;
    if (!addParts(lhs, parts) || !addParts(rhs, parts))
      return rewriter.notifyMatchFailure(op, "a concat has no zeros");
    llvm::stable_sort(
        parts, [](const Part &a, const Part &b) { return a.begin < b.begin; });
    if (overlap(parts))
      return rewriter.notifyMatchFailure(op, "parts overlap");
    TensorBuilder t(rewriter, op.getLoc());
    SmallVector<Value> inputs = fillGaps(t, parts, lhs.getType(), lhs.getDim());
    auto sum = t.create<ConcatOp>(ValueRange(inputs), lhs.getDim());
    sum->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, sum);
    return success();
  }
};
} // namespace

void AddOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                        MLIRContext *context) {
  patterns.add<AddPads>(context);
}

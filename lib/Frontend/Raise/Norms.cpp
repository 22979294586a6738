//===- Norms.cpp - RMS norm and layer norm --------------------------------===//

#include "Match.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;

/// mean(x^2) + epsilon over the last dim: epsilon.
static std::optional<double> matchMeanSquare(Value value, Value x) {
  std::optional<Sum> sum = matchAddNumber(value);
  Value square = sum ? matchMean(sum->value) : Value();
  if (!square)
    return std::nullopt;
  Product product(square);
  bool isSquare = product.scale == 1 && product.takeValue(x) &&
                  product.takeValue(x) && product.isEmpty();
  return isSquare ? std::optional(sum->number) : std::nullopt;
}

/// What 1 / sqrt(a) is of.
static Value matchInverseRoot(Value factor) {
  auto rsqrt = factor.getDefiningOp<RsqrtOp>();
  return rsqrt ? rsqrt.getInput() : Value();
}
static Value matchRoot(Value divisor) {
  auto sqrt = divisor.getDefiningOp<SqrtOp>();
  return sqrt ? sqrt.getInput() : Value();
}

/// Takes the inverse root out of a product: what it is of.
static Value takeInverseRoot(Product &product) {
  if (product.divisors.size() == 1) {
    Value root = matchRoot(product.divisors.front());
    product.divisors.clear();
    return root;
  }
  Value factor =
      product.take([](Value f) { return bool(matchInverseRoot(f)); });
  return factor && product.divisors.empty() ? matchInverseRoot(factor)
                                            : Value();
}

/// One value for each position of the last dim, perhaps with dims of 1 before.
static bool isRow(Value value, Value x) {
  ArrayRef<int64_t> shape = getShape(value);
  return !shape.empty() && shape.back() == getShape(x).back() &&
         llvm::all_of(shape.drop_back(), [](int64_t n) { return n == 1; }) &&
         getElementTypeOrSelf(value) == getElementTypeOrSelf(x);
}

namespace {
/// x / sqrt(mean(x^2) + epsilon) * w
struct RaiseRmsNorm : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override {
    Product product(op.getResult());
    Value square = takeInverseRoot(product);
    if (!square || product.scale != 1 || product.factors.size() != 2)
      return rewriter.notifyMatchFailure(op, "no x w / sqrt(..)");
    for (unsigned i : {0, 1}) {
      Value x = product.factors[i], scale = product.factors[1 - i];
      auto epsilon = matchMeanSquare(square, x);
      if (!epsilon || x.getType() != op.getType() || !isRow(scale, x))
        continue;
      TensorBuilder t(rewriter, op.getLoc());
      Value row = t.reshape(scale, {getShape(x).back()});
      rewriter.replaceOpWithNewOp<RmsNormOp>(
          op, x, row, rewriter.getF64FloatAttr(*epsilon));
      return success();
    }
    return rewriter.notifyMatchFailure(op, "the root is of no mean square");
  }
};

/// A norm of what has its mean taken away.
struct RaiseLayerNorm : OpRewritePattern<RmsNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RmsNormOp op,
                                PatternRewriter &rewriter) const override {
    auto centred = op.getInput().getDefiningOp<SubOp>();
    if (!centred || matchMean(centred.getRhs()) != centred.getLhs())
      return rewriter.notifyMatchFailure(op, "its input keeps its mean");
    rewriter.replaceOpWithNewOp<LayerNormOp>(op, centred.getLhs(),
                                             op.getScale(), /*bias=*/Value(),
                                             op.getEpsilonAttr());
    return success();
  }
};

struct AddBiasToLayerNorm : OpRewritePattern<AddOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AddOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [y, bias] : {std::pair(op.getLhs(), op.getRhs()),
                           std::pair(op.getRhs(), op.getLhs())}) {
      auto norm = y.getDefiningOp<LayerNormOp>();
      if (!norm || norm.getBias() || !norm->hasOneUse() || !isRow(bias, y) ||
          y.getType() != op.getType())
        continue;
      TensorBuilder t(rewriter, op.getLoc());
      Value row = t.reshape(bias, {getShape(y).back()});
      rewriter.replaceOpWithNewOp<LayerNormOp>(
          op, norm.getInput(), norm.getScale(), row, norm.getEpsilonAttr());
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no norm without a bias");
  }
};
} // namespace

void raise::addNormPatterns(RewritePatternSet &patterns) {
  patterns.add<RaiseRmsNorm, RaiseLayerNorm, AddBiasToLayerNorm>(
      patterns.getContext());
}

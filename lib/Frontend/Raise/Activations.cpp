//===- Activations.cpp - gelu and silu ------------------------------------===//

#include "Match.h"
#include <numbers>

using namespace mlir;
using namespace mpc;
using namespace mpc::raise;

/// x^3 times 0.044715.
static bool isScaledCube(Value value, Value x) {
  Product product(value);
  return isNear(product.scale, 0.044715) && product.takeValue(x) &&
         product.takeValue(x) && product.takeValue(x) && product.isEmpty();
}

/// x + 0.044715 x^3, or that over x: 1 + 0.044715 x^2.
static bool isCubic(Value value, Value x) {
  auto add = value.getDefiningOp<AddOp>();
  return add && ((add.getLhs() == x && isScaledCube(add.getRhs(), x)) ||
                 (add.getRhs() == x && isScaledCube(add.getLhs(), x)));
}
static bool isQuadratic(Value value, Value x) {
  std::optional<Sum> sum = matchAddNumber(value);
  if (!sum || sum->number != 1)
    return false;
  Product product(sum->value);
  return isNear(product.scale, 0.044715) && product.takeValue(x) &&
         product.takeValue(x) && product.isEmpty();
}

/// sqrt(2 / pi) (x + 0.044715 x^3)
static bool isTanhArgument(Value value, Value x) {
  Product product(value);
  if (!isNear(product.scale, std::sqrt(2 / std::numbers::pi)))
    return false;
  if (product.take([&](Value f) { return isCubic(f, x); }))
    return product.isEmpty();
  return product.take([&](Value f) { return isQuadratic(f, x); }) &&
         product.takeValue(x) && product.isEmpty();
}

/// x / sqrt(2)
static bool isErfArgument(Value value, Value x) {
  Product product(value);
  return isNear(product.scale, 1 / std::numbers::sqrt2) &&
         product.takeValue(x) && product.isEmpty();
}

/// The form of gelu whose 1 + erf(..) or 1 + tanh(..) this is.
static std::optional<GeluForm> matchForm(Value value, Value x) {
  std::optional<Sum> sum = matchAddNumber(value);
  if (!sum || sum->number != 1)
    return std::nullopt;
  if (auto erf = sum->value.getDefiningOp<ErfOp>())
    if (isErfArgument(erf.getInput(), x))
      return GeluForm::Exact;
  if (auto tanh = sum->value.getDefiningOp<TanhOp>())
    if (isTanhArgument(tanh.getInput(), x))
      return GeluForm::Tanh;
  return std::nullopt;
}

namespace {
/// 0.5 x (1 + erf(x / sqrt(2))), in any order.
struct RaiseGelu : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override {
    Product product(op.getResult());
    if (product.factors.size() != 2 || !product.divisors.empty() ||
        !isNear(product.scale, 0.5))
      return rewriter.notifyMatchFailure(op, "no half of two factors");
    for (unsigned i : {0, 1}) {
      Value x = product.factors[i];
      auto form = matchForm(product.factors[1 - i], x);
      if (!form || x.getType() != op.getType())
        continue;
      rewriter.replaceOpWithNewOp<GeluOp>(op, x, *form);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no factor is 1 + erf or 1 + tanh");
  }
};

struct RaiseSilu : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op,
                                PatternRewriter &rewriter) const override {
    for (auto [x, y] : {std::pair(op.getLhs(), op.getRhs()),
                        std::pair(op.getRhs(), op.getLhs())}) {
      auto sigmoid = y.getDefiningOp<SigmoidOp>();
      if (!sigmoid || sigmoid.getInput() != x)
        continue;
      rewriter.replaceOpWithNewOp<SiluOp>(op, x);
      return success();
    }
    return rewriter.notifyMatchFailure(op, "no factor is the other's sigmoid");
  }
};
} // namespace

void raise::addActivationPatterns(RewritePatternSet &patterns) {
  patterns.add<RaiseGelu, RaiseSilu>(patterns.getContext());
}

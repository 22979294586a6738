//===- Reductions.cpp - how a failing module is made smaller --------------===//

#include "mpc/Reduce/Reductions.h"
#include "mlir/Reducer/ReductionPatternInterface.h"
#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;

static TypedAttr getOne(Type element) {
  if (auto type = dyn_cast<FloatType>(element))
    return FloatAttr::get(type, 1.0);
  return IntegerAttr::get(element, 1);
}

/// An op of the model with one result: it only computes.
static bool isReplaceable(Operation *op) {
  return isa_and_nonnull<MPCDialect>(op->getDialect()) &&
         op->getNumResults() == 1 && !isa<ConstantOp>(op);
}

namespace {
struct ReplaceByOperand : RewritePattern {
  ReplaceByOperand(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/2, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isReplaceable(op))
      return rewriter.notifyMatchFailure(op, "not an op of the model");
    for (Value operand : op->getOperands())
      if (operand.getType() == op->getResult(0).getType()) {
        rewriter.replaceOp(op, operand);
        return success();
      }
    return rewriter.notifyMatchFailure(op, "no operand has the result's type");
  }
};

struct ReplaceByConstant : RewritePattern {
  ReplaceByConstant(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isReplaceable(op))
      return rewriter.notifyMatchFailure(op, "not an op of the model");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    rewriter.replaceOpWithNewOp<ConstantOp>(op, type,
                                            getOne(type.getElementType()));
    return success();
  }
};

struct MPCReductions : DialectReductionPatternInterface {
  MPCReductions(Dialect *dialect) : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &patterns) const override {
    patterns.add<ReplaceByOperand, ReplaceByConstant>(patterns.getContext());
  }
};
} // namespace

void mpc::registerReductions(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, MPCDialect *dialect) {
    dialect->addInterfaces<MPCReductions>();
  });
}

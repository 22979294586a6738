//===- Raise.cpp - mpc-raise ----------------------------------------------===//

#include "Match.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mpc/Frontend/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_RAISE
#include "mpc/Frontend/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// Canonical forms are part of what the patterns look for.
static void addCanonicalization(RewritePatternSet &patterns) {
  MLIRContext *context = patterns.getContext();
  Dialect *dialect = context->getLoadedDialect<MPCDialect>();
  dialect->getCanonicalizationPatterns(patterns);
  for (RegisteredOperationName op :
       context->getRegisteredOperationsByDialect(dialect->getNamespace()))
    op.getCanonicalizationPatterns(patterns, context);
}

static LogicalResult raisePatterns(ModuleOp module) {
  RewritePatternSet patterns(module.getContext());
  addCanonicalization(patterns);
  raise::addShapePatterns(patterns);
  raise::addActivationPatterns(patterns);
  raise::addNormPatterns(patterns);
  raise::addAttentionPatterns(patterns);
  return applyPatternsGreedily(module, std::move(patterns));
}

namespace {
struct Raise : mpc::impl::RaiseBase<Raise> {
  using RaiseBase::RaiseBase;

  void runOnOperation() override {
    // Formulas are recognised by values that are the same one.
    eliminateCommonSubexpressions();
    if (failed(raisePatterns(getOperation())))
      return signalPassFailure();
    raise::viewHeads(getOperation());
    if (failed(raisePatterns(getOperation())))
      return signalPassFailure();
    eliminateCommonSubexpressions();
  }

  void eliminateCommonSubexpressions() {
    IRRewriter rewriter(&getContext());
    DominanceInfo dominance(getOperation());
    mlir::eliminateCommonSubExpressions(rewriter, dominance, getOperation());
  }
};
} // namespace

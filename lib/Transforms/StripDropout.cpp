//===- StripDropout.cpp - mpc-strip-dropout -------------------------------===//

#include "mpc/Transforms/TrainingFunction.h"

namespace mpc {
#define GEN_PASS_DEF_STRIPDROPOUT
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

void mpc::stripDropout(func::FuncOp func) {
  for (DropoutOp op : llvm::make_early_inc_range(func.getOps<DropoutOp>())) {
    op.replaceAllUsesWith(op.getInput());
    op.erase();
  }
  std::optional<unsigned> step = findArgument(func, "step");
  if (step && func.getArgument(*step).use_empty())
    (void)func.eraseArgument(*step);
}

namespace {
struct StripDropout : mpc::impl::StripDropoutBase<StripDropout> {
  using StripDropoutBase::StripDropoutBase;
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>(function);
    if (!func || func.isExternal()) {
      getOperation().emitError("module has no function '")
          << function << "' with a body";
      return signalPassFailure();
    }
    stripDropout(func);
  }
};
} // namespace

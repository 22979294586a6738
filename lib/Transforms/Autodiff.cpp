//===- Autodiff.cpp - mpc-autodiff ----------------------------------------===//

#include "ReverseSweep.h"
#include "mpc/IR/Tags.h"

namespace mpc {
#define GEN_PASS_DEF_AUTODIFF
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static bool isRead(func::FuncOp func, VariableOp variable) {
  return llvm::any_of(func.getOps<ReadOp>(), [&](ReadOp read) {
    return read.getVariable() == variable.getSymName();
  });
}

/// Appends the variables' gradients; fails when there is none.
static LogicalResult addGradients(ModuleOp module, func::FuncOp func,
                                  const ReverseSweep &sweep,
                                  SmallVectorImpl<NamedResult> &results) {
  bool trains = false;
  for (auto variable : module.getOps<VariableOp>()) {
    Value gradient = sweep.getGradient(variable.getSymName());
    if (gradient)
      results.push_back(
          nameResult(gradient, tags::kGradient, variable.getSymName()));
    else if (variable.isTrainable() && isRead(func, variable))
      variable.emitWarning("'")
          << variable.getSymName()
          << "' has no influence on the loss and stays as it is";
    trains |= gradient != nullptr;
  }
  if (trains)
    return success();
  return func.emitError(
      "no trainable variable reaches the loss: nothing to train");
}

namespace {
struct Autodiff : mpc::impl::AutodiffBase<Autodiff> {
  using AutodiffBase::AutodiffBase;
  void runOnOperation() override {
    if (failed(run()))
      signalPassFailure();
  }

private:
  LogicalResult run() {
    FailureOr<ModelWithLoss> model = createModelWithLoss(
        getOperation(), function, "train_step", {loss, ignoreIndex});
    if (failed(model))
      return failure();
    ReverseSweep sweep(model->func);
    if (failed(sweep.run(model->sum)))
      return failure();
    SmallVector<NamedResult> results = {
        nameResult(model->sum, tags::kName, "loss_sum"),
        nameResult(model->count, tags::kName, "count")};
    if (keepOutputs)
      results.append(getResults(model->func));
    if (failed(addGradients(getOperation(), model->func, sweep, results)))
      return failure();
    setResults(model->func, results);
    widenGradients(model->func);
    return success();
  }
};
} // namespace

//===- AddEvaluation.cpp - mpc-add-evaluation -----------------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/Transforms/TrainingFunction.h"

namespace mpc {
#define GEN_PASS_DEF_ADDEVALUATION
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
struct AddEvaluation : mpc::impl::AddEvaluationBase<AddEvaluation> {
  using AddEvaluationBase::AddEvaluationBase;
  void runOnOperation() override {
    FailureOr<ModelWithLoss> model = createModelWithLoss(
        getOperation(), function, "evaluate", {loss, ignoreIndex});
    if (failed(model))
      return signalPassFailure();
    SmallVector<NamedResult> results = {
        nameResult(model->sum, tags::kName, "loss_sum"),
        nameResult(model->count, tags::kName, "count")};
    results.append(getResults(model->func));
    setResults(model->func, results);
    stripDropout(model->func);
  }
};
} // namespace

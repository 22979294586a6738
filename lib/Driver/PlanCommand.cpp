//===- PlanCommand.cpp - mpc-run plan -------------------------------------===//

#include "Report.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Model.h"

using namespace mlir;
using namespace mpc;

static nlohmann::json getResult(const Plan &plan, int64_t batch, double seconds) {
  nlohmann::json object = {{"plan", toJSON(plan)},
                           {"devices", plan.getNumDevices()},
                           {"predicted_step_ms", getPredictedMs(plan)},
                           {"parts", plan.cost.parts},
                           {"peak_bytes", plan.cost.peakBytes},
                           {"planning_seconds", seconds}};
  if (plan.cost.stepSeconds > 0)
    object["samples_per_second"] = static_cast<double>(batch) / plan.cost.stepSeconds;
  return object;
}

llvm::Expected<int> mpc::runPlan(const RunOptions &options) {
  auto model = loadModelFor(options);
  if (!model)
    return model.takeError();
  auto setupOptions = getSetupOptions(options);
  if (!setupOptions)
    return setupOptions.takeError();
  int64_t batch = getBatch(*model->module);
  llvm::Error built = options.loss.empty()
                          ? buildInference(*model->module)
                          : buildTraining(*model->module, setupOptions->training);
  if (built)
    return std::move(built);
  Stopwatch watch;
  auto plan = PlanChooser(options)(*model->module);
  if (!plan)
    return plan.takeError();
  double seconds = watch.seconds();
  if (options.json) {
    if (llvm::Error error = printJSON(getResult(*plan, batch, seconds)))
      return std::move(error);
    return Success;
  }
  llvm::outs() << describe(*plan) << "\n";
  if (llvm::Error error = finishReport())
    return std::move(error);
  return Success;
}

//===- PlanCommand.cpp - mpc-run plan -------------------------------------===//

#include "Report.h"
#include "mpc/Cost/ComputeCost.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Driver/Model.h"
#include "mpc/IR/OpCost.h"
#include "mpc/Planner/Evaluate.h"

using namespace mlir;
using namespace mpc;

/// What the contractions of the whole step take on all devices at their best,
/// however it is split.
static double getIdealSeconds(ModuleOp module, const PlanChoice &choice) {
  double seconds = 0;
  findMainFunction(module).walk([&](ShardingRuleOpInterface op) {
    if (!isa<LibraryOpInterface>(op.getOperation()))
      return;
    double peakFlops = 0;
    for (int64_t device = 0; device < choice.plan.getNumDevices(); ++device)
      peakFlops += getPeakFlops(op, choice.cluster.getDevice(device));
    seconds += getOpCost(op).flops / peakFlops;
  });
  return seconds;
}

static std::vector<std::string> listCandidates(const PlanChoice &choice) {
  std::vector<std::string> lines;
  for (const Candidate &candidate : choice.candidates)
    lines.push_back(
        describe(candidate.plan) +
        (candidate.verdict.empty() ? "" : ": " + candidate.verdict));
  return lines;
}

static nlohmann::json getResult(ModuleOp module, const PlanChoice &choice,
                                const RunOptions &options, double seconds) {
  const Plan &plan = choice.plan;
  double ideal = getIdealSeconds(module, choice);
  nlohmann::json object = {{"plan", toJSON(plan)},
                           {"devices", plan.getNumDevices()},
                           {"predicted_step_ms", getPredictedMs(plan)},
                           {"lower_bound_ms", ideal * 1e3},
                           {"parts", plan.cost.parts},
                           {"planning_seconds", seconds}};
  if (plan.cost.stepSeconds > 0) {
    object["mfu"] = ideal / plan.cost.stepSeconds;
    double samples =
        static_cast<double>(getBatch(module)) / plan.cost.stepSeconds;
    object["samples_per_second"] = samples;
    if (options.loss == "next-token")
      object["tokens_per_second"] =
          samples * static_cast<double>(getSequence(module));
  }
  if (options.explain)
    object["candidates"] = listCandidates(choice);
  return object;
}

static llvm::Error writeTrace(const Simulation &simulation,
                              const std::string &path) {
  if (path.empty())
    return llvm::Error::success();
  nlohmann::json trace = schedule::toChromeTrace(
      simulation.schedule, simulation.timeline, simulation.groups);
  return writeResult(path, trace.dump() + "\n");
}

llvm::Expected<int> mpc::runPlan(const RunOptions &options) {
  for (const std::string &path : {options.partition.emitPlan, options.trace})
    if (llvm::Error error = checkWritable(path, options.world))
      return error;
  auto model = loadModelFor(options);
  if (!model)
    return model.takeError();
  auto setupOptions = getSetupOptions(options);
  if (!setupOptions)
    return setupOptions.takeError();
  ModuleOp module = *model->module;
  const TrainingOptions &training = setupOptions->training;
  if (llvm::Error error =
          options.loss.empty()
              ? buildInference(module, training.flashAttention)
              : buildTraining(module, training))
    return error;
  Stopwatch watch;
  PlanChoice choice;
  auto plan = PlanChooser(options, &choice)(module);
  if (!plan)
    return plan.takeError();
  nlohmann::json result = getResult(module, choice, options, watch.seconds());
  auto evaluation = evaluatePlan(module, *plan, choice.cluster);
  if (!evaluation)
    return evaluation.takeError();
  result["peak_bytes"] = evaluation->stageBytes;
  if (llvm::Error error = writeTrace(evaluation->simulation, options.trace))
    return error;
  if (!options.json) {
    llvm::outs() << describe(*plan) << "\n";
    if (options.explain || plan->partition == "auto")
      llvm::outs() << describeCandidates(choice);
    result.erase("plan");
  }
  if (llvm::Error error = options.json ? printJSON(result) : printTable(result))
    return error;
  return Success;
}

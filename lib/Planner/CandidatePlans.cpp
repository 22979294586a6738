//===- CandidatePlans.cpp - the plans that a mesh allows ------------------===//

#include "CandidatePlans.h"
#include "MicroBatches.h"
#include "mpc/Planner/TensorSearch.h"
#include "mpc/Schedule/Generators.h"

using namespace mlir;
using namespace mpc;

PlanMaker::PlanMaker(ModuleOp module, func::FuncOp main, const Request &request,
                     const PartitionOptions &options, const Pins &pins)
    : module(module), main(main), request(request), options(options),
      pins(pins), units(getStageUnits(main, request.cluster.getDevice(0))),
      batchSizes(getBatchSizes(module)) {
  for (StageUnit &unit : units)
    if (auto it = pins.stages.find(unit.origin); it != pins.stages.end())
      unit.pinnedStage = it->second;
}

/// Axes that nothing uses would only repeat work.
llvm::Error PlanMaker::checkAxes(const Plan &plan) const {
  for (const auto &[axis, size] : plan.mesh) {
    bool isPinned =
        llvm::any_of(pins.variables, [&, &axis = axis](const auto &pin) {
          return llvm::any_of(pin.second, [&](const auto &axes) {
            return llvm::is_contained(axes, axis);
          });
        });
    if ((axis == "expert" || axis == "context") && !isPinned)
      return llvm::make_error<InfeasiblePlan>(
          "axis '" + axis +
          "' cuts nothing in this model; pin a variable to it");
  }
  for (const auto &[name, dims] : pins.variables)
    for (const auto &axes : dims)
      for (const std::string &axis : axes)
        if (plan.getAxisSize(axis) < 2)
          return llvm::make_error<InfeasiblePlan>(
              "variable '" + name + "' is pinned to axis '" + axis +
              "', which the mesh does not have");
  return llvm::Error::success();
}

/// Between the first devices of neighbouring stages.
double PlanMaker::getStageBandwidth(const Plan &plan) const {
  int64_t stride = 1;
  bool inside = false;
  for (const auto &[axis, size] : plan.mesh) {
    stride *= inside ? size : 1;
    inside |= axis == "stage";
  }
  return request.cluster.getLevelBetween(0, stride).bandwidth;
}

/// Where more stages than groups are too many, the message says who wants them.
llvm::Expected<std::vector<int64_t>>
PlanMaker::cutInto(int64_t stages, const Plan &plan) const {
  llvm::Expected<std::vector<int64_t>> first =
      cutStages(units, stages, stages > 1 ? getStageBandwidth(plan) : 1);
  if (first || stages == plan.getAxisSize("stage"))
    return first;
  return llvm::make_error<InfeasiblePlan>(
      "schedule '" + plan.schedule + "' needs " + llvm::Twine(stages) +
      " stages on " + llvm::Twine(plan.getAxisSize("stage")) +
      " groups: " + llvm::toString(first.takeError()));
}

llvm::Error PlanMaker::chooseStages(Plan &plan) const {
  llvm::Expected<schedule::ScheduleNeeds> needs =
      schedule::getScheduleNeeds(plan.schedule, plan.getAxisSize("stage"));
  if (!needs)
    return llvm::make_error<InfeasiblePlan>(llvm::toString(needs.takeError()));
  int64_t stages = needs->chunkToGroup.size();
  if (stages == 1 && pins.stages.empty())
    return llvm::Error::success();
  llvm::Expected<std::vector<int64_t>> first = cutInto(stages, plan);
  if (!first)
    return first.takeError();
  plan.stages.clear();
  for (int64_t unit : *first)
    plan.stages.push_back(unit == 0 ? 0 : units[unit].origin);
  return llvm::Error::success();
}

static llvm::Error explainBatch(llvm::ArrayRef<int64_t> sizes, int64_t data,
                                int64_t micros) {
  int64_t batch = sizes.empty() ? 1 : *llvm::min_element(sizes);
  int64_t largest = micros;
  while (largest > 1 && !canCutBatch(sizes, data * largest))
    --largest;
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "a batch of " << batch << " cannot be cut in " << data * micros
     << " parts (data " << data << " x " << micros
     << " micro-batches): some would be empty; ";
  if (canCutBatch(sizes, data * largest))
    os << "at most " << largest << " micro-batches fit";
  else
    os << "data parallelism alone needs a batch of at least " << data;
  return llvm::make_error<InfeasiblePlan>(text);
}

llvm::Expected<llvm::SmallVector<int64_t>>
PlanMaker::getMicroBatches(const Plan &plan) const {
  int64_t data = plan.getAxisSize("data"), micros = options.microBatches;
  if (schedule::isScheduleFile(plan.schedule)) {
    llvm::Expected<schedule::Schedule> read =
        schedule::readSchedule(plan.schedule);
    if (!read)
      return read.takeError();
    if (micros && micros != read->numMicroBatches)
      return llvm::createStringError("schedule '" + plan.schedule + "' has " +
                                     llvm::Twine(read->numMicroBatches) +
                                     " micro-batches, --micro-batches says " +
                                     llvm::Twine(micros));
    micros = read->numMicroBatches;
  }
  bool isPipeline = plan.getAxisSize("stage") > 1 && request.kind != "layer";
  if (!micros && isPipeline && canCutBatch(batchSizes, data))
    return getMicroBatchCandidates(batchSizes, data, plan.getAxisSize("stage"));
  micros = std::max<int64_t>(1, micros);
  if (data * micros > 1 && !canCutBatch(batchSizes, data * micros))
    return explainBatch(batchSizes, data, micros);
  return llvm::SmallVector<int64_t>{micros};
}

llvm::Error PlanMaker::chooseCuts(Plan &plan) {
  int64_t parts = plan.getAxisSize("tensor");
  if (parts < 2)
    return llvm::Error::success();
  bool isAuto = request.kind == "auto";
  if (!isAuto)
    return searchTensorCuts(module, main, plan, request.cluster,
                            {/*mustSplit=*/true});
  auto [it, isNew] = knownCuts.try_emplace(parts);
  if (isNew) {
    Plan alone = plan;
    alone.mesh = {{"tensor", parts}};
    alone.microBatches = 1;
    if (llvm::Error error =
            searchTensorCuts(module, main, alone, request.cluster, {}))
      return error;
    it->second = alone.variables;
  }
  plan.variables = it->second;
  return llvm::Error::success();
}

/// Optimizer state is shared where it exists and there are replicas: both ways
/// move the same bytes. The contest also looks at what this costs in messages.
int64_t PlanMaker::chooseZero(const Plan &plan) const {
  if (plan.getAxisSize("data") < 2)
    return 0;
  bool isTraining = !func::FuncOp(main).getOps<AssignOp>().empty();
  return options.zero == options.kChosenZero ? isTraining : options.zero;
}

/// An automatic schedule without a limit is tried with little memory and with
/// much.
std::vector<std::string> PlanMaker::getSchedules(const Plan &plan) const {
  int64_t groups = plan.getAxisSize("stage");
  if (options.schedule == "zb-auto" && groups > 1)
    return {"zb-auto:" + std::to_string(groups),
            "zb-auto:" + std::to_string(2 * groups)};
  return {options.schedule.empty() ? plan.schedule : options.schedule};
}

std::vector<Plan> PlanMaker::makeScheduleVariants(const Plan &plan) const {
  std::vector<Plan> variants;
  int64_t groups = plan.getAxisSize("stage");
  for (const std::string &name :
       {std::string("interleaved:2"), std::string("zb-h1"),
        "zb-auto:" + std::to_string(2 * groups), std::string("zb-v")}) {
    Plan variant = plan;
    variant.schedule = name;
    if (llvm::Error error = chooseStages(variant)) {
      llvm::consumeError(std::move(error));
      continue;
    }
    // Pins number the stages of the schedule that they were made for.
    if (pins.stages.empty() || variant.stages.size() == plan.stages.size())
      variants.push_back(std::move(variant));
  }
  return variants;
}

llvm::Expected<std::vector<Plan>> PlanMaker::makePlans(const Mesh &mesh) {
  Plan plan;
  plan.partition = request.kind;
  plan.mesh = mesh;
  std::vector<std::string> schedules = getSchedules(plan);
  plan.schedule = schedules.front();
  plan.sequenceParallel =
      options.sequenceParallel && plan.getAxisSize("tensor") > 1;
  if (!options.recompute.empty())
    plan.recompute = {*parseRecompute(options.recompute)};
  plan.zero = chooseZero(plan);
  plan.zeroMinBytes = options.zeroMinBytes;
  plan.variables = pins.variables;
  if (llvm::Error error = checkAxes(plan))
    return error;
  if (llvm::Error error = chooseStages(plan))
    return error;
  llvm::Expected<llvm::SmallVector<int64_t>> micros = getMicroBatches(plan);
  if (!micros)
    return micros.takeError();
  plan.microBatches = micros->front();
  if (llvm::Error error = chooseCuts(plan))
    return error;
  std::vector<Plan> plans;
  for (int64_t count : *micros)
    for (const std::string &schedule : schedules) {
      plan.microBatches = count;
      plan.schedule = schedule;
      plans.push_back(plan);
    }
  return plans;
}

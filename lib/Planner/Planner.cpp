//===- Planner.cpp - chooses a plan ---------------------------------------===//

#include "mpc/Planner/Planner.h"
#include "CandidatePlans.h"
#include "PlanContest.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/Evaluate.h"
#include "mpc/Transforms/ApplyPlan.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

char InfeasiblePlan::ID = 0;

/// One device, and every data x stage x tensor of all devices. Tensor axes stay
/// inside the innermost level of the topology.
static std::vector<Mesh> enumerateMeshes(const Request &request,
                                         int64_t maxStages) {
  std::vector<Mesh> meshes = {{}};
  int64_t devices = request.devices;
  int64_t inside =
      request.cluster.levels.empty() ? 1 : request.cluster.levels.front().size;
  for (int64_t tensor = 1; devices > 1 && tensor <= std::min(devices, inside);
       ++tensor) {
    if (devices % tensor)
      continue;
    for (int64_t stage = 1; stage <= std::min(devices / tensor, maxStages);
         ++stage) {
      if (devices / tensor % stage)
        continue;
      Mesh mesh;
      for (auto [axis, size] :
           {std::pair("data", devices / tensor / stage),
            std::pair("stage", stage), std::pair("tensor", tensor)})
        if (size > 1)
          mesh.push_back({axis, size});
      meshes.push_back(mesh);
    }
  }
  return meshes;
}

static llvm::Error compete(PlanContest &contest, PlanMaker &maker,
                           const Mesh &mesh, const std::string &kind) {
  llvm::Expected<std::vector<Plan>> plans = maker.makePlans(mesh);
  if (plans) {
    for (const Plan &plan : *plans)
      if (llvm::Error error = contest.enter(plan))
        contest.exclude(plan, std::move(error));
    return llvm::Error::success();
  }
  llvm::Error error = plans.takeError();
  if (!error.isA<InfeasiblePlan>())
    return error;
  Plan plan;
  plan.partition = kind;
  plan.mesh = mesh;
  contest.exclude(plan, std::move(error));
  return llvm::Error::success();
}

/// The number of the last op that stages can be cut at.
static int64_t getLastOrigin(func::FuncOp main) {
  int64_t last = 0;
  for (Operation &op : main.getBody().front())
    if (auto origin = op.getAttrOfType<IntegerAttr>(tags::kOrigin))
      last = std::max(last, origin.getInt());
  return last;
}

static llvm::Expected<Plan> readCheckedPlan(const PartitionOptions &options,
                                            const std::string &hash) {
  for (auto [option, isGiven] :
       {std::pair("partition", !options.partition.empty()),
        {"mesh", !options.mesh.empty()},
        {"micro-batches", options.microBatches != 0},
        {"schedule", !options.schedule.empty()},
        {"sequence-parallel", options.sequenceParallel},
        {"recompute", !options.recompute.empty()},
        {"zero", options.zero != options.kChosenZero},
        {"pin", !options.pinFile.empty()}})
    if (isGiven)
      return llvm::createStringError(
          "give --plan or --" + llvm::Twine(option) +
          ", not both: a plan says how to split already");
  llvm::Expected<Plan> plan = readPlan(options.planFile);
  if (!plan)
    return plan;
  if (!plan->model.empty() && plan->model != hash)
    return llvm::createStringError("plan '" + options.planFile +
                                   "' was made for model " + plan->model +
                                   ", this model is " + hash);
  if (options.devices && options.devices < plan->getNumDevices())
    return llvm::make_error<InfeasiblePlan>(
        "plan '" + options.planFile + "' needs " +
        llvm::Twine(plan->getNumDevices()) + " devices, --devices says " +
        llvm::Twine(options.devices));
  return plan;
}

namespace {
/// One call of choosePlan.
class Planning {
public:
  Planning(ModuleOp module, const PartitionOptions &options)
      : options(options), hash(getModelHash(module)), clone(module.clone()) {
    for (auto func : clone->getOps<func::FuncOp>())
      if (!func.isPrivate() && !func.isExternal())
        numberOps(func);
  }

  llvm::Expected<PlanChoice> run();

private:
  llvm::Expected<Request> resolveRequest();
  llvm::Error search(PlanContest &contest, func::FuncOp main);
  void searchSchedules(PlanContest &contest, PlanMaker &maker);
  llvm::Error enterGiven(PlanContest &contest, func::FuncOp main);
  llvm::Error completeChoice(PlanContest &contest);

  PartitionOptions options;
  std::string hash;
  OwningOpRef<ModuleOp> clone;
  std::optional<Plan> given;
  Request request;
};
} // namespace

llvm::Expected<Request> Planning::resolveRequest() {
  if (options.planFile.empty())
    return resolve(options, *clone);
  llvm::Expected<Plan> plan = readCheckedPlan(options, hash);
  if (!plan)
    return plan.takeError();
  given = *plan;
  // The plan says how to split; only the machine is left to resolve.
  PartitionOptions machine;
  machine.cluster = options.cluster;
  machine.machine = options.machine;
  machine.devices = given->getNumDevices();
  machine.partition = machine.devices == 1 ? "none" : "auto";
  return resolve(machine, *clone);
}

/// The plan of a file. What does not fit the model is a mistake in the file.
llvm::Error Planning::enterGiven(PlanContest &contest, func::FuncOp main) {
  std::string file = "plan '" + options.planFile + "': ";
  int64_t last = getLastOrigin(main);
  if (given->stages.back() > last)
    return llvm::createStringError(
        file + "key 'stages': a stage begins at op " +
        llvm::Twine(given->stages.back()) + ", the model has ops 0 to " +
        llvm::Twine(last));
  if (llvm::Error error = contest.enter(*given))
    return llvm::createStringError(file + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Error Planning::search(PlanContest &contest, func::FuncOp main) {
  if (given)
    return enterGiven(contest, main);
  Pins pins;
  if (!options.pinFile.empty()) {
    llvm::Expected<Pins> read = readPins(options.pinFile, *clone, main);
    if (!read)
      return read.takeError();
    pins = std::move(*read);
  }
  PlanMaker maker(*clone, main, request, options, pins);
  std::vector<Mesh> meshes = {request.mesh};
  if (request.kind == "auto")
    meshes = enumerateMeshes(request, getMaxStages(getStageUnits(
                                          main, request.cluster.getDevice(0))));
  for (const Mesh &mesh : meshes)
    if (llvm::Error error = compete(contest, maker, mesh, request.kind))
      return error;
  if (options.schedule.empty() && !main.getOps<AssignOp>().empty())
    searchSchedules(contest, maker);
  return llvm::Error::success();
}

/// Decides what the request left open of ZeRO and recomputation.
llvm::Error Planning::completeChoice(PlanContest &contest) {
  bool mayShare = options.zero == options.kChosenZero;
  if (!contest.hasFitting())
    contest.saveMemory(mayShare, options.recompute.empty());
  return mayShare ? contest.tryWithoutSharing() : llvm::Error::success();
}

/// Tries other schedules for the best pipeline. What they add, more transfers
/// and more actions, is not all in the prediction: a small gain is none.
/// Virtual devices use each other's bubbles, as they share cores and bandwidth.
void Planning::searchSchedules(PlanContest &contest, PlanMaker &maker) {
  static constexpr double kWorthwhile = 0.98;
  const Candidate *best = contest.getBest(/*isPipeline=*/true);
  if (!best || best->plan.microBatches == 1 || request.isVirtual)
    return;
  Plan plan = best->plan;
  for (const Plan &variant : maker.makeScheduleVariants(plan))
    contest.challenge(variant, plan.cost.stepSeconds * kWorthwhile);
}

llvm::Expected<PlanChoice> Planning::run() {
  func::FuncOp main = findMainFunction(*clone);
  if (!main)
    return llvm::createStringError("the module has no function to partition");
  if (llvm::Error error = checkSignature(main))
    return error;
  llvm::Expected<Request> resolved = resolveRequest();
  if (!resolved)
    return resolved.takeError();
  request = std::move(*resolved);
  PlanContest contest(*clone, request.cluster);
  if (llvm::Error error = search(contest, main))
    return error;
  if (!given)
    if (llvm::Error error = completeChoice(contest))
      return error;
  if (llvm::Error error = contest.decide())
    return error;
  PlanChoice choice;
  choice.plan = contest.candidates.front().plan;
  choice.plan.model = hash;
  choice.cluster = request.cluster;
  choice.candidates = std::move(contest.candidates);
  choice.notes = request.notes;
  return choice;
}

llvm::Expected<PlanChoice> mpc::choosePlan(ModuleOp module,
                                           const PartitionOptions &options) {
  return Planning(module, options).run();
}

static std::string describeMesh(const Plan &plan) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleave(
      plan.mesh, os,
      [&](const auto &axis) { os << axis.first << ":" << axis.second; }, ",");
  if (plan.zero)
    os << " ZeRO-" << plan.zero;
  if (plan.recompute.front() != Recompute::None)
    os << " " << getName(plan.recompute.front());
  if (plan.getAxisSize("stage") > 1 && plan.schedule != Plan().schedule)
    os << " " << plan.schedule;
  return text.empty() ? "1 device" : text;
}

std::string mpc::describeCandidates(const PlanChoice &choice) {
  if (choice.candidates.size() < 2)
    return "";
  std::string text;
  llvm::raw_string_ostream os(text);
  size_t width = 28;
  for (const Candidate &candidate : choice.candidates)
    width = std::max(width, describeMesh(candidate.plan).size());
  auto pad = [&](std::string mesh) {
    mesh.resize(width, ' ');
    return mesh;
  };
  os << llvm::formatv("  {0} {1,6} {2,12} {3,12}\n", pad("mesh"), "micros",
                      "predicted", "memory");
  for (const Candidate &candidate : choice.candidates) {
    bool isJudged = candidate.plan.cost.stepSeconds > 0;
    os << llvm::formatv(
        "  {0} {1,6} {2,12} {3,12}  {4}\n", pad(describeMesh(candidate.plan)),
        candidate.plan.microBatches,
        isJudged
            ? llvm::formatv("{0:f3} ms", candidate.plan.cost.stepSeconds * 1e3)
                  .str()
            : "-",
        isJudged ? formatBytes(candidate.memoryBytes) : "-",
        candidate.verdict.empty() ? "chosen" : candidate.verdict);
  }
  return text;
}

std::string mpc::describe(const PlanChoice &choice) {
  std::string text;
  for (const std::string &note : choice.notes)
    text += "note: " + note + "\n";
  return text + describe(choice.plan) + "\n" + describeCandidates(choice);
}

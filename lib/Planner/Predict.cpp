//===- Predict.cpp - the step time of a partitioned program ---------------===//

#include "mpc/Planner/Predict.h"
#include "mpc/Cost/CommCost.h"
#include "mpc/Cost/ComputeCost.h"
#include "mpc/Schedule/Simulator.h"

using namespace mlir;
using namespace mpc;
using schedule::Action;
using schedule::ActionKind;

CostParts &mpc::operator+=(CostParts &parts, const CostParts &other) {
  for (const auto &[name, seconds] : other)
    parts[name] += seconds;
  return parts;
}

double mpc::getTotal(const CostParts &parts) {
  double total = 0;
  for (const auto &[name, seconds] : parts)
    total += seconds;
  return total;
}

ProgramOp mpc::findMainProgram(ModuleOp localized) {
  for (StringRef name : {"train_step", "evaluate", "main"})
    if (auto program = localized.lookupSymbol<ProgramOp>(name))
      return program;
  auto programs = localized.getOps<ProgramOp>();
  return programs.empty() ? nullptr : *programs.begin();
}

namespace {
/// What the actions of a program cost, on the slowest device of each group.
class ActionCosts {
public:
  ActionCosts(ProgramOp program, const schedule::Program &actions,
              const Cluster &cluster);

  const CostParts &getParts(const Action &action) const {
    static const CostParts nothing;
    bool perMicro = schedule::isPerMicro(action.kind);
    auto it = bodies.find(
        {action.kind, action.chunk, action.part, perMicro ? action.micro : 0});
    return it == bodies.end() ? nothing : it->second;
  }
  double getTransfer(const Action &recv) const;

private:
  CostParts priceBody(func::FuncOp body, int64_t device) const;

  MeshAttr mesh;
  const schedule::Program &actions;
  const Cluster &cluster;
  std::vector<SmallVector<int64_t>> groupDevices;
  std::map<std::tuple<ActionKind, int64_t, int64_t, int64_t>, CostParts> bodies;
};
} // namespace

ActionCosts::ActionCosts(ProgramOp program, const schedule::Program &actions,
                         const Cluster &cluster)
    : mesh(program.getMesh()), actions(actions), cluster(cluster) {
  for (int64_t group = 0; group < mesh.getSize("stage"); ++group)
    groupDevices.push_back(getGroupDevices(mesh, group));
  auto module = program->getParentOfType<ModuleOp>();
  for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>()) {
    auto body = module.lookupSymbol<func::FuncOp>(symbol.getValue());
    std::map<int64_t, CostParts> byDevice;
    for (const BodyInstance &instance : getInstances(body)) {
      auto [it, isNew] = byDevice.try_emplace(instance.device);
      if (isNew)
        it->second = priceBody(body, instance.device);
      CostParts &slowest = bodies[{getBodyKind(body), getBodyStage(body),
                                   getBodyPart(body), instance.micro}];
      if (getTotal(it->second) > getTotal(slowest))
        slowest = it->second;
    }
  }
}

CostParts ActionCosts::priceBody(func::FuncOp body, int64_t device) const {
  CostParts parts;
  ActionKind kind = getBodyKind(body);
  bool isUpdate = kind == ActionKind::Update || kind == ActionKind::Prepare;
  double compute =
      getComputeSeconds(body.getBody().front(), cluster.getDevice(device));
  if (compute > 0)
    parts[isUpdate ? "update" : "compute"] = compute;
  for (Operation &op : body.getBody().front())
    if (auto cost = getCollectiveCost(&op, mesh, device, cluster))
      parts[getName(cost->kind).str()] += cost->seconds;
  return parts;
}

/// Every device of a group has one counterpart in the other.
double ActionCosts::getTransfer(const Action &recv) const {
  double slowest = 0;
  double bytes = actions.edges[recv.edge].bytes;
  for (auto [from, to] :
       llvm::zip(groupDevices[recv.fromGroup], groupDevices[recv.toGroup]))
    slowest = std::max(slowest, getTransferSeconds(bytes, from, to, cluster));
  return slowest;
}

namespace {
/// How groups of virtual devices share a machine's cores.
struct CoreSharing {
  /// Groups that run at full speed together; 0 when all do.
  int groupsAtOnce = 0;
  /// How much longer one group takes than its devices would alone.
  double slowdown = 1;
};
} // namespace

static CoreSharing getSharing(const Cluster &cluster, int64_t devicesPerGroup) {
  if (!cluster.sharedCores)
    return {};
  CoreSharing sharing;
  sharing.groupsAtOnce =
      std::max<int64_t>(1, cluster.sharedCores / devicesPerGroup);
  sharing.slowdown =
      std::max(1.0, double(devicesPerGroup) / cluster.sharedCores);
  return sharing;
}

/// The named parts of one group's list, which add up to the makespan.
static CostParts getGroupParts(const schedule::Schedule &schedule,
                               const schedule::Timeline &timeline,
                               const ActionCosts &costs, int group) {
  CostParts parts;
  for (auto [action, span] :
       llvm::zip(schedule.lists[group], timeline.spans[group])) {
    double busy = span.end - span.start;
    if (schedule::isTransfer(action.kind)) {
      if (action.kind == ActionKind::Recv && busy > 0)
        parts["transfer"] += busy;
      continue;
    }
    const CostParts &own = costs.getParts(action);
    double total = getTotal(own);
    for (const auto &[name, seconds] : own)
      parts[name] += seconds / total * busy;
  }
  double bubble = timeline.makespan - getTotal(parts);
  if (bubble > timeline.makespan * 1e-9)
    parts["bubble"] = bubble;
  return parts;
}

static int findSlowestGroup(const schedule::Timeline &timeline) {
  int slowest = 0;
  auto busy = [&](int group) {
    return timeline.computing[group] + timeline.copying[group];
  };
  for (int group = 1; group < static_cast<int>(timeline.computing.size());
       ++group)
    if (busy(group) > busy(slowest))
      slowest = group;
  return slowest;
}

llvm::Expected<Prediction> mpc::predict(ModuleOp localized,
                                        const Cluster &cluster) {
  ProgramOp program = findMainProgram(localized);
  if (!program)
    return llvm::createStringError(
        "the module has no partitioned program to predict");
  int64_t devices = program.getMesh().getNumDevices();
  if (devices > cluster.getNumDevices())
    return llvm::createStringError("the program needs " + llvm::Twine(devices) +
                                   " devices, the cluster has " +
                                   llvm::Twine(cluster.getNumDevices()));
  FailureOr<ScheduledProgram> scheduled = scheduleProgram(program);
  if (failed(scheduled))
    return llvm::createStringError("the program cannot be scheduled");
  ActionCosts costs(program, scheduled->program, cluster);
  CoreSharing sharing =
      getSharing(cluster, devices / program.getMesh().getSize("stage"));
  schedule::Costs simulated;
  simulated.compute = [&](int, const Action &action) {
    return getTotal(costs.getParts(action)) * sharing.slowdown;
  };
  simulated.transfer = [&](const Action &recv) {
    return costs.getTransfer(recv);
  };
  simulated.sharedCores = sharing.groupsAtOnce;
  llvm::Expected<schedule::Timeline> timeline =
      schedule::simulate(scheduled->schedule, simulated);
  if (!timeline)
    return timeline.takeError();
  Prediction prediction;
  prediction.cost.stepSeconds = timeline->makespan;
  prediction.cost.parts = getGroupParts(scheduled->schedule, *timeline, costs,
                                        findSlowestGroup(*timeline));
  for (int64_t group = 0; group < program.getMesh().getSize("stage"); ++group) {
    SmallVector<int64_t> members = getGroupDevices(program.getMesh(), group);
    prediction.simulation.groups.emplace_back(members.begin(), members.end());
  }
  prediction.simulation.schedule = std::move(scheduled->schedule);
  prediction.simulation.timeline = std::move(*timeline);
  return prediction;
}

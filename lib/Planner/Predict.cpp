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

namespace {
/// Time in a body, on one device. Ops are computed in order; collectives start
/// where they stand and run, one after the other, beside what follows until
/// their result is used. Virtual devices that share cores gain nothing by that:
/// there a collective is work for the same cores.
class BodyClock {
public:
  BodyClock(bool runsBeside, StringRef compute)
      : runsBeside(runsBeside), compute(compute) {}

  void addCompute(Operation *op, double seconds) {
    double needed = getReady(op);
    if (seconds == 0) { // a view, an assignment: what is behind it is needed
      setReady(op, needed);
      return;
    }
    waitUntil(needed);
    now += seconds;
    parts[compute] += seconds;
  }

  void addCollective(Operation *op, StringRef name, double seconds) {
    waitUntil(getReady(op));
    double start = std::max(now, getLaneEnd());
    lane.push_back({start, start + seconds, name});
    setReady(op, getLaneEnd());
    if (!runsBeside)
      waitUntil(getLaneEnd());
  }

  /// What the time went to; of collectives, only what compute waited for.
  CostParts finish() {
    waitUntil(getLaneEnd());
    return std::move(parts);
  }

private:
  struct Collective {
    double start, end;
    StringRef name;
  };

  double getLaneEnd() const { return lane.empty() ? 0 : lane.back().end; }
  /// Until a collective ends: the lane is busy without a break.
  void waitUntil(double end) {
    for (const Collective &busy : llvm::reverse(lane)) {
      if (busy.end <= now)
        break;
      if (busy.start < end)
        parts[busy.name.str()] +=
            std::min(end, busy.end) - std::max(now, busy.start);
    }
    now = std::max(now, end);
  }
  double getReady(Operation *op) const {
    double latest = 0;
    for (Value operand : op->getOperands())
      latest = std::max(latest, ready.lookup(operand));
    return latest;
  }
  void setReady(Operation *op, double time) {
    if (time > now)
      for (Value result : op->getResults())
        ready[result] = time;
  }

  bool runsBeside;
  std::string compute;
  double now = 0;
  std::vector<Collective> lane;
  llvm::DenseMap<Value, double> ready;
  CostParts parts;
};
} // namespace

CostParts ActionCosts::priceBody(func::FuncOp body, int64_t device) const {
  ActionKind kind = getBodyKind(body);
  bool isUpdate = kind == ActionKind::Update || kind == ActionKind::Prepare;
  BodyClock clock(/*runsBeside=*/!cluster.sharedCores,
                  isUpdate ? "update" : "compute");
  SizeView view = SizeView::asWritten();
  for (Operation &op : body.getBody().front()) {
    if (auto cost = getCollectiveCost(&op, mesh, device, cluster))
      clock.addCollective(&op, getName(cost->kind), cost->seconds);
    else
      clock.addCompute(&op, getOpSeconds(&op, view, cluster.getDevice(device)));
  }
  return clock.finish();
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

/// How much of [begin, end] is spent on receives. They run one after the other;
/// `receives` has their spans in that order.
static double getOverlap(ArrayRef<schedule::Span> receives, double begin,
                         double end) {
  double total = 0;
  for (const schedule::Span &span : llvm::reverse(receives)) {
    if (span.end <= begin)
      break;
    total +=
        std::max(0.0, std::min(end, span.end) - std::max(begin, span.start));
  }
  return total;
}

/// The named parts of one group's list, which add up to the makespan.
static CostParts getGroupParts(const schedule::Schedule &schedule,
                               const schedule::Timeline &timeline,
                               const ActionCosts &costs, int group) {
  CostParts parts;
  double receiving = 0; // while nothing is computed
  std::vector<schedule::Span> receives;
  for (auto [action, span] :
       llvm::zip(schedule.lists[group], timeline.spans[group])) {
    if (action.kind == ActionKind::Recv)
      receives.push_back(span);
    if (schedule::isTransfer(action.kind))
      continue;
    const CostParts &own = costs.getParts(action);
    double total = getTotal(own);
    for (const auto &[name, seconds] : own)
      parts[name] += seconds / total * (span.end - span.start);
    receiving += getOverlap(receives, span.reach, span.start);
  }
  if (receiving > 0)
    parts["transfer"] = receiving;
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
      schedule::simulate(scheduled->schedule, scheduled->program, simulated);
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

//===- TensorSearch.cpp - which variables the tensor axis cuts ------------===//

#include "mpc/Planner/TensorSearch.h"
#include "mpc/IR/OpCost.h"
#include "mpc/Planner/Planner.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

static constexpr const char *kAxis = "tensor";
/// A device may do this much more than its share of the contractions.
static constexpr double kShareTolerance = 1.1;
/// Rounds over all groups; two are the rule.
static constexpr int kMaxRounds = 6;
/// Ops visited in a round in which every variable decides for itself.
static constexpr size_t kSingleBudget = 100000;

namespace {
/// Variables that decide together.
struct VariableGroup {
  SmallVector<std::string> names;
  RankedTensorType type;
  /// Dimensions that can be cut.
  SmallVector<int64_t> dims;
  double bytes = 0;
};

class TensorSearch {
public:
  TensorSearch(ModuleOp module, func::FuncOp func, const Plan &plan,
               const Cluster &cluster, const TensorSearchOptions &options)
      : module(module), func(func), start(plan), cluster(cluster),
        options(options) {
    collectGroups();
    if (options.mustSplit)
      setPenalty();
  }

  llvm::Expected<Plan> run();

private:
  /// By group: the dimension cut, or -1.
  using Choice = SmallVector<int64_t>;

  void collectGroups();
  void setPenalty();
  bool canSplitGroups();
  void splitGroups(Choice &choice);
  Plan makePlan(const Choice &choice) const;
  double getObjective(const Choice &choice);
  void descend(Choice &choice);

  ModuleOp module;
  func::FuncOp func;
  const Plan &start;
  const Cluster &cluster;
  const TensorSearchOptions &options;
  SmallVector<VariableGroup> groups;
  /// Of all parameters.
  double wholeBytes = 0;
  /// Times what the parts that are not split, but must be, take at their best.
  double penalty = 1000;
  std::map<Choice, double> known;
};
} // namespace

/// "h11.attn.w" -> "h#.attn.w"
static std::string generalize(StringRef name) {
  std::string general;
  for (char c : name) {
    if (!llvm::isDigit(c))
      general += c;
    else if (general.empty() || general.back() != '#')
      general += '#';
  }
  return general;
}

static bool canCut(int64_t size, int64_t parts) {
  int64_t block = (size + parts - 1) / parts;
  return size >= parts && (parts - 1) * block < size;
}

void TensorSearch::collectGroups() {
  llvm::MapVector<std::string, VariableGroup, std::map<std::string, unsigned>>
      byKey;
  for (auto variable : module.getOps<VariableOp>()) {
    std::string name = variable.getSymName().str();
    RankedTensorType type = variable.getTensorType();
    if (variable.getRole() != VariableRole::Parameter)
      continue;
    wholeBytes += getByteSize(type);
    if (variable.getSharding() || start.variables.count(name))
      continue;
    std::string key = generalize(name);
    llvm::raw_string_ostream(key) << " " << type;
    VariableGroup &group = byKey[key];
    group.type = type;
    group.names.push_back(name);
    group.bytes += getByteSize(type);
  }
  for (auto &[key, group] : byKey) {
    for (int64_t dim = 0; dim < group.type.getRank(); ++dim)
      if (canCut(group.type.getDimSize(dim), start.getAxisSize(kAxis)))
        group.dims.push_back(dim);
    if (!group.dims.empty())
      groups.push_back(group);
  }
  llvm::sort(groups, [](const VariableGroup &a, const VariableGroup &b) {
    return std::tuple(-a.bytes, a.names.front()) <
           std::tuple(-b.bytes, b.names.front());
  });
}

/// On a small network starting kernels and messages takes longer than what they
/// do: the penalty grows with it.
void TensorSearch::setPenalty() {
  llvm::Expected<PlacementCost> cost =
      pricePlacement(module, func, start, cluster);
  if (!cost) // run() will say so
    return llvm::consumeError(cost.takeError());
  const DeviceGroup &device = cluster.getDevice(0);
  double ideal = cost->wholeContractionFlops / device.getPeakFlops("f32") +
                 wholeBytes / device.memoryBandwidth;
  if (ideal > 0)
    penalty *= std::max(1.0, cost->seconds / ideal);
}

Plan TensorSearch::makePlan(const Choice &choice) const {
  Plan plan = start;
  for (auto [group, dim] : llvm::zip(groups, choice)) {
    if (dim < 0)
      continue;
    DimAxes axes(group.type.getRank());
    axes[dim].push_back(kAxis);
    for (const std::string &name : group.names)
      plan.variables[name] = axes;
  }
  return plan;
}

/// Seconds of a step, plus what weights and optimizer state cost in memory
/// traffic. A plan that does not split what it must gets a time no plan has.
double TensorSearch::getObjective(const Choice &choice) {
  auto [it, isNew] =
      known.try_emplace(choice, std::numeric_limits<double>::infinity());
  if (!isNew)
    return it->second;
  llvm::Expected<PlacementCost> cost =
      pricePlacement(module, func, makePlan(choice), cluster);
  if (!cost) {
    llvm::consumeError(cost.takeError());
    return it->second;
  }
  const DeviceGroup &device = cluster.getDevice(0);
  double objective =
      cost->seconds + cost->parameterBytes / device.memoryBandwidth;
  if (options.mustSplit) {
    double whole = cost->wholeContractionFlops;
    double share = kShareTolerance / start.getAxisSize(kAxis);
    double excess = std::max(0.0, cost->contractionFlops - share * whole);
    objective += penalty * excess / device.getPeakFlops("f32");
    double excessBytes =
        std::max(0.0, cost->parameterBytes - share * wholeBytes);
    objective += penalty * excessBytes / device.memoryBandwidth;
  }
  return it->second = objective;
}

/// One group at a time, the best of its choices, until none improves.
void TensorSearch::descend(Choice &choice) {
  double best = getObjective(choice);
  for (int round = 0; round < kMaxRounds; ++round) {
    bool improved = false;
    for (size_t index = 0; index < groups.size(); ++index) {
      Choice trial = choice;
      SmallVector<int64_t> dims = groups[index].dims;
      dims.push_back(-1);
      for (int64_t dim : dims) {
        trial[index] = dim;
        double objective = getObjective(trial);
        if (objective >= best * (1 - 1e-9))
          continue;
        best = objective;
        choice[index] = dim;
        improved = true;
      }
    }
    if (!improved)
      return;
  }
}

bool TensorSearch::canSplitGroups() {
  size_t trials = 0;
  for (const VariableGroup &group : groups)
    trials += group.names.size() * (group.dims.size() + 1);
  return trials * func.getBody().front().getOperations().size() <=
         kSingleBudget;
}

/// Equal layers may still want to take turns: columns, then rows.
void TensorSearch::splitGroups(Choice &choice) {
  SmallVector<VariableGroup> singles;
  Choice expanded;
  for (auto [group, dim] : llvm::zip(groups, choice))
    for (const std::string &name : group.names) {
      singles.push_back(group);
      singles.back().names = {name};
      expanded.push_back(dim);
    }
  groups = std::move(singles);
  choice = std::move(expanded);
  known.clear();
}

llvm::Expected<Plan> TensorSearch::run() {
  Choice none(groups.size(), -1), last = none;
  for (auto [dim, group] : llvm::zip(last, groups))
    dim = group.dims.back();
  Choice best = none;
  for (Choice choice : {none, last}) {
    descend(choice);
    if (getObjective(choice) < getObjective(best) * (1 - 1e-9))
      best = choice;
  }
  if (canSplitGroups()) {
    splitGroups(best);
    descend(best);
  }
  Plan plan = makePlan(best);
  if (!options.mustSplit)
    return plan;
  llvm::Expected<PlacementCost> cost =
      pricePlacement(module, func, plan, cluster);
  if (!cost)
    return llvm::make_error<InfeasiblePlan>(llvm::toString(cost.takeError()));
  if (cost->contractionFlops > 0.999 * cost->wholeContractionFlops &&
      cost->wholeContractionFlops > 0)
    return llvm::make_error<InfeasiblePlan>(
        "no variable can be cut in " + llvm::Twine(start.getAxisSize(kAxis)) +
        " parts on axis 'tensor' so that contractions are split");
  return plan;
}

llvm::Error mpc::searchTensorCuts(ModuleOp module, func::FuncOp func,
                                  Plan &plan, const Cluster &cluster,
                                  const TensorSearchOptions &options) {
  if (plan.getAxisSize(kAxis) < 2)
    return llvm::Error::success();
  // What replicas share has no say in what tensor parallelism cuts.
  Plan start = plan;
  start.zero = 0;
  llvm::Expected<Plan> found =
      TensorSearch(module, func, start, cluster, options).run();
  if (!found)
    return found.takeError();
  plan.variables = std::move(found->variables);
  return llvm::Error::success();
}

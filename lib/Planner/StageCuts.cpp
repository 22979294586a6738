//===- StageCuts.cpp - where a model is cut into stages -------------------===//

#include "mpc/Planner/StageCuts.h"
#include "mpc/Planner/Planner.h"
#include <limits>

using namespace mpc;

static constexpr double kNever = std::numeric_limits<double>::infinity();

/// Units that may begin a stage; the first one always does.
using CutSet = std::vector<bool>;

static int64_t findLastHeavy(llvm::ArrayRef<StageUnit> units) {
  int64_t last = 0;
  for (auto [index, unit] : llvm::enumerate(units))
    if (unit.isHeavy)
      last = index;
  return last;
}

/// Between two heavy units, the place where the fewest bytes cross; the latest
/// of equals, so that bias and activation stay with their contraction.
static CutSet getNaturalCuts(llvm::ArrayRef<StageUnit> units) {
  CutSet cuts(units.size());
  int64_t best = -1;
  bool seenHeavy = false;
  for (int64_t index = 0; index < static_cast<int64_t>(units.size()); ++index) {
    if (seenHeavy &&
        (best < 0 || units[index].bytesBefore <= units[best].bytesBefore))
      best = index;
    if (!units[index].isHeavy)
      continue;
    if (best >= 0)
      cuts[best] = true;
    seenHeavy = true;
    best = -1;
  }
  return cuts;
}

/// Every unit with work, up to `last`.
static CutSet getWorkCuts(llvm::ArrayRef<StageUnit> units, int64_t last) {
  CutSet cuts(units.size());
  bool seenWork = false;
  for (int64_t index = 0; index <= last; ++index) {
    bool hasWork = units[index].seconds > 0;
    cuts[index] = seenWork && hasWork;
    seenWork |= hasWork;
  }
  return cuts;
}

/// A pin between two units is a cut that has to be.
static void addPinnedCuts(llvm::ArrayRef<StageUnit> units, CutSet &cuts) {
  int64_t stage = -1;
  for (auto [index, unit] : llvm::enumerate(units)) {
    if (unit.pinnedStage < 0)
      continue;
    if (stage >= 0 && unit.pinnedStage != stage)
      cuts[index] = true;
    stage = unit.pinnedStage;
  }
}

namespace {
/// Dynamic programming over (stages so far, first unit of the next stage).
class StageSearch {
public:
  StageSearch(llvm::ArrayRef<StageUnit> units, const CutSet &cuts,
              int64_t numStages, double bytesPerSecond)
      : units(units), numStages(numStages), bytesPerSecond(bytesPerSecond),
        prefix(1, 0.0) {
    for (const StageUnit &unit : units)
      prefix.push_back(prefix.back() + unit.seconds);
    for (int64_t index = 0; index < static_cast<int64_t>(units.size()); ++index)
      if (index == 0 || cuts[index])
        starts.push_back(index);
    starts.push_back(units.size());
  }

  /// Empty when there is no solution.
  std::vector<int64_t> run() {
    double limit = solve(kNever, /*minimizeBytes=*/false);
    if (limit == kNever)
      return {};
    solve(limit * (1 + 1e-9), /*minimizeBytes=*/true);
    std::vector<int64_t> result(numStages);
    int64_t end = starts.size() - 1;
    for (int64_t stage = numStages - 1; stage >= 0; --stage) {
      end = choice[stage][end];
      result[stage] = starts[end];
    }
    return result;
  }

private:
  bool keepsPins(int64_t begin, int64_t end, int64_t stage) const {
    return llvm::all_of(
        units.slice(begin, end - begin), [&](const StageUnit &unit) {
          return unit.pinnedStage < 0 || unit.pinnedStage == stage;
        });
  }

  double getTime(int64_t begin, int64_t end) const {
    double received =
        begin == 0 ? 0 : units[begin].bytesBefore / bytesPerSecond;
    return prefix[end] - prefix[begin] + received;
  }

  /// Minimizes the largest time, or the bytes with no time above `limit`.
  double solve(double limit, bool minimizeBytes) {
    size_t n = starts.size();
    std::vector<double> before(n, kNever);
    before[0] = 0;
    choice.assign(numStages, std::vector<int64_t>(n, -1));
    for (int64_t stage = 0; stage < numStages; ++stage) {
      std::vector<double> now(n, kNever);
      for (size_t end = 1; end < n; ++end)
        for (size_t begin = 0; begin < end; ++begin) {
          if (before[begin] == kNever ||
              !keepsPins(starts[begin], starts[end], stage))
            continue;
          double time = getTime(starts[begin], starts[end]);
          if (time > limit)
            continue;
          double bytes = starts[begin] ? units[starts[begin]].bytesBefore : 0;
          double value = minimizeBytes ? before[begin] + bytes
                                       : std::max(before[begin], time);
          if (value < now[end]) {
            now[end] = value;
            choice[stage][end] = begin;
          }
        }
      before = std::move(now);
    }
    return before.back();
  }

  llvm::ArrayRef<StageUnit> units;
  int64_t numStages;
  double bytesPerSecond;
  std::vector<double> prefix;
  std::vector<int64_t> starts;
  std::vector<std::vector<int64_t>> choice;
};
} // namespace

int64_t mpc::getMaxStages(llvm::ArrayRef<StageUnit> units) {
  return units.empty()
             ? 1
             : 1 + llvm::count(getWorkCuts(units, units.size() - 1), true);
}

static llvm::Error explainFailure(llvm::ArrayRef<StageUnit> units,
                                  int64_t numStages) {
  int64_t possible = getMaxStages(units);
  if (numStages > possible)
    return llvm::make_error<InfeasiblePlan>(
        llvm::Twine(numStages) +
        " stages asked for, the model has work for at most " +
        llvm::Twine(possible));
  return llvm::make_error<InfeasiblePlan>(
      "no cut into " + llvm::Twine(numStages) +
      " stages keeps the pinned stages; they must be below " +
      llvm::Twine(numStages) + " and ascend in the order of the ops");
}

llvm::Expected<std::vector<int64_t>>
mpc::cutStages(llvm::ArrayRef<StageUnit> units, int64_t numStages,
               double bytesPerSecond) {
  bool isPinned = llvm::any_of(
      units, [](const StageUnit &unit) { return unit.pinnedStage >= 0; });
  if (units.empty() || (numStages == 1 && !isPinned)) {
    if (numStages > 1)
      return explainFailure(units, numStages);
    return std::vector<int64_t>{0};
  }
  int64_t last = units.size() - 1;
  for (CutSet cuts :
       {getNaturalCuts(units), getWorkCuts(units, findLastHeavy(units)),
        getWorkCuts(units, last)}) {
    addPinnedCuts(units, cuts);
    std::vector<int64_t> first =
        StageSearch(units, cuts, numStages, bytesPerSecond).run();
    if (!first.empty())
      return first;
  }
  return explainFailure(units, numStages);
}

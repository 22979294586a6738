//===- ZeroBubbleV.cpp - ZB-V and DualPipeV -------------------------------===//
//
// Schedules on the V placement: group r has chunk r on the way down, where
// micro-batches enter, and chunk 2p-1-r on the way up. The last chunk is on
// group 0, so that a backward can begin where the forward ended.
//
//===----------------------------------------------------------------------===//

#include "Builders.h"
#include <algorithm>
#include <deque>

using namespace mpc::schedule;

namespace {
/// Appends to one group's list; counts micro-batches by kind and chunk.
class GroupList {
public:
  GroupList(Schedule &schedule, int group)
      : list(schedule.lists[group]),
        chunks{group, schedule.numChunks - 1 - group} {}

  enum Way { Down = 0, Up = 1 };

  void forward(Way way) { add(ActionKind::Forward, way, forwards[way]++); }
  /// Leaves the weight-gradient for later.
  void inputGrad(Way way) {
    open.push_back({way, inputs[way]});
    add(ActionKind::InputGrad, way, inputs[way]++);
  }
  /// The oldest of a way, or of all.
  void weightGrad(Way way) {
    auto oldest =
        std::find_if(open.begin(), open.end(),
                     [&](const auto &entry) { return entry.first == way; });
    add(ActionKind::WeightGrad, way, oldest->second);
    open.erase(oldest);
  }
  void oldestWeightGrad() { weightGrad(open.front().first); }
  void backward(Way way) {
    inputGrad(way);
    weightGrad(way);
  }
  bool hasOpen(Way way) const {
    return std::any_of(open.begin(), open.end(),
                       [&](const auto &entry) { return entry.first == way; });
  }

  int forwards[2] = {0, 0};

private:
  void add(ActionKind kind, Way way, int micro) {
    list.push_back({kind, chunks[way], micro});
  }

  std::vector<Action> &list;
  int chunks[2];
  int inputs[2] = {0, 0};
  /// Input-gradients whose weight-gradients have not run.
  std::deque<std::pair<Way, int>> open;
};

constexpr auto Down = GroupList::Down, Up = GroupList::Up;
} // namespace

/// ZB-V of Qi et al., arXiv 2401.10241: every group is busy from its first
/// action to its last when F = I = W.
static void fillZeroBubbleV(GroupList &list, int group, int numGroups,
                            int numMicroBatches) {
  int below = numGroups - group;
  for (int i = 0; i < 2 * below - 1; ++i)
    list.forward(Down);
  for (int i = 0; i < group; ++i) {
    list.forward(Up);
    list.forward(Down);
  }
  for (int i = 0; i < below; ++i) {
    list.forward(Up);
    list.backward(Up);
  }
  while (list.forwards[Up] < list.forwards[Down] ||
         list.forwards[Down] < numMicroBatches) {
    if (list.forwards[Down] < numMicroBatches)
      list.forward(Down);
    list.backward(Down);
    list.forward(Up);
    list.backward(Up);
  }
  for (int i = 0; i < group; ++i) {
    list.inputGrad(Down);
    list.inputGrad(Up);
  }
  for (int i = 0; i < below; ++i) {
    list.inputGrad(Down);
    list.weightGrad(Down);
  }
  for (GroupList::Way way : {Up, Down})
    while (list.hasOpen(way))
      list.weightGrad(way);
}

Schedule mpc::schedule::makeZeroBubbleV(const GeneratorOptions &options) {
  int p = options.numGroups;
  if (p == 1)
    return makeZeroBubbleH1(options);
  int filled = std::max(options.numMicroBatches, 2 * p - 1);
  Schedule schedule = makeEmpty(placeInV(p), p, filled);
  for (int group = 0; group < p; ++group) {
    GroupList list(schedule, group);
    fillZeroBubbleV(list, group, p, filled);
  }
  keepMicroBatches(schedule, options.numMicroBatches);
  return schedule;
}

/// The eight steps of DualPipe's readme, cut in half as DualPipeV:
/// micro-batches go down and up the groups instead of through two copies of the
/// model. The pairs that a GPU would overlap stand one after the other.
static void fillDualPipeV(GroupList &list, int group, int numGroups,
                          int numMicroBatches) {
  int below = numGroups - group - 1;
  for (int i = 0; i < 2 * below; ++i)
    list.forward(Down);
  for (int i = 0; i <= group; ++i) {
    list.forward(Down);
    list.forward(Up);
  }
  for (int i = 0; i < below; ++i) {
    list.backward(Up);
    list.forward(Up);
  }
  for (int i = 0; i < numMicroBatches - 2 * numGroups + group + 1; ++i) {
    list.forward(Down);
    list.backward(Up);
    list.forward(Up);
    list.backward(Down);
  }
  for (int i = 0; i < below; ++i) {
    list.backward(Up);
    list.forward(Up);
    list.backward(Down);
  }
  // From the middle of these on, weight-gradients wait.
  for (int i = 0; i < 2 * (group + 1); ++i) {
    GroupList::Way way = i % 2 ? Down : Up;
    if (i >= group + 1)
      list.inputGrad(way);
    else
      list.backward(way);
  }
  for (int i = 0; i < below; ++i) {
    list.oldestWeightGrad();
    list.inputGrad(Down);
  }
  while (list.hasOpen(Up) || list.hasOpen(Down))
    list.oldestWeightGrad();
}

Schedule mpc::schedule::makeDualPipeV(const GeneratorOptions &options) {
  int p = options.numGroups;
  if (p == 1)
    return makeZeroBubbleH1(options);
  int filled = std::max(options.numMicroBatches, 2 * p);
  Schedule schedule = makeEmpty(placeInV(p), p, filled);
  for (int group = 0; group < p; ++group) {
    GroupList list(schedule, group);
    fillDualPipeV(list, group, p, filled);
  }
  keepMicroBatches(schedule, options.numMicroBatches);
  return schedule;
}

//===- RandomSchedule.cpp - an order nobody would choose ------------------===//

#include "RandomSchedule.h"
#include "llvm/ADT/STLExtras.h"

using namespace mpc;
using namespace mpc::test;
using namespace mpc::schedule;

namespace {
/// Draws one action of all that could run next until none is left.
class OrderDrawer {
public:
  OrderDrawer(Random &random, int numGroups, int numMicroBatches)
      : random(random) {
    result.numGroups = numGroups;
    result.numChunks = int(random.between(numGroups, 2 * numGroups));
    result.numMicroBatches = numMicroBatches;
    result.lists.resize(numGroups);
    for (int chunk = 0; chunk < result.numChunks; ++chunk)
      result.chunkToGroup.push_back(
          chunk < numGroups ? chunk : int(random.below(numGroups)));
    for (int chunk = result.numChunks - 1; chunk > 0; --chunk)
      std::swap(result.chunkToGroup[chunk],
                result.chunkToGroup[random.below(chunk + 1)]);
    chunks.resize(result.numChunks);
    splits = random.chance(60);
  }

  Schedule run() {
    while (true) {
      std::vector<Action> choices;
      for (int chunk = 0; chunk < result.numChunks; ++chunk)
        addChoices(chunk, choices);
      if (choices.empty())
        return std::move(result);
      take(choices[random.below(choices.size())]);
    }
  }

private:
  /// How many forwards, input-gradients and weight-gradients have run.
  struct Progress {
    int forwards = 0, inputs = 0, weights = 0;
  };

  void addChoices(int chunk, std::vector<Action> &choices) {
    const Progress &mine = chunks[chunk];
    int m = result.numMicroBatches;
    int given = chunk == 0 ? m : chunks[chunk - 1].forwards;
    int back = chunk + 1 == result.numChunks ? m : chunks[chunk + 1].inputs;
    if (mine.forwards < given)
      choices.push_back({ActionKind::Forward, chunk, mine.forwards});
    if (mine.weights < mine.inputs)
      choices.push_back({ActionKind::WeightGrad, chunk, mine.weights});
    if (mine.inputs >= std::min(mine.forwards, back))
      return;
    // A whole backward accumulates at once: nothing may be waiting.
    bool mayBeWhole = mine.weights == mine.inputs;
    bool isWhole = mayBeWhole && (!splits || random.chance(40));
    choices.push_back({isWhole ? ActionKind::Backward : ActionKind::InputGrad,
                       chunk, mine.inputs});
  }

  void take(const Action &action) {
    Progress &progress = chunks[action.chunk];
    progress.forwards += action.kind == ActionKind::Forward;
    progress.inputs += action.kind == ActionKind::Backward ||
                       action.kind == ActionKind::InputGrad;
    progress.weights += accumulatesGradients(action.kind);
    result.lists[result.chunkToGroup[action.chunk]].push_back(action);
  }

  Random &random;
  Schedule result;
  std::vector<Progress> chunks;
  bool splits;
};
} // namespace

Schedule mpc::test::makeRandomSchedule(Random &random, int numGroups,
                                       int numMicroBatches) {
  return OrderDrawer(random, numGroups, numMicroBatches).run();
}

#include "mpc/Schedule/Generators.h"
#include <algorithm>

using namespace mpc::schedule;

static std::vector<Action> makeStage(int stage,
                                     const GeneratorOptions &options) {
  int numMicroBatches = options.numMicroBatches;
  int ahead = std::min(numMicroBatches, options.numStages - 1 - stage);
  std::vector<Action> list;
  for (int micro = 0; micro < ahead; ++micro)
    list.push_back({ActionKind::Forward, stage, micro});
  for (int micro = 0; micro < numMicroBatches; ++micro) {
    if (micro + ahead < numMicroBatches)
      list.push_back({ActionKind::Forward, stage, micro + ahead});
    if (options.backward)
      list.push_back({ActionKind::Backward, stage, micro});
  }
  return list;
}

Schedule
mpc::schedule::makeOneForwardOneBackward(const GeneratorOptions &options) {
  Schedule schedule;
  schedule.numGroups = schedule.numChunks = options.numStages;
  schedule.numMicroBatches = options.numMicroBatches;
  for (int stage = 0; stage < options.numStages; ++stage) {
    schedule.chunkToGroup.push_back(stage);
    schedule.lists.push_back(makeStage(stage, options));
  }
  return schedule;
}

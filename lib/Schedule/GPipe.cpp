#include "mpc/Schedule/Generators.h"

using namespace mpc::schedule;

Schedule mpc::schedule::makeGPipe(const GeneratorOptions &options) {
  Schedule schedule;
  schedule.numGroups = schedule.numChunks = options.numStages;
  schedule.numMicroBatches = options.numMicroBatches;
  for (int stage = 0; stage < options.numStages; ++stage) {
    schedule.chunkToGroup.push_back(stage);
    std::vector<Action> &list = schedule.lists.emplace_back();
    for (int micro = 0; micro < options.numMicroBatches; ++micro)
      list.push_back({ActionKind::Forward, stage, micro});
    if (!options.backward)
      continue;
    for (int micro = 0; micro < options.numMicroBatches; ++micro)
      list.push_back({ActionKind::Backward, stage, micro});
  }
  return schedule;
}

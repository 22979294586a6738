#include "Builders.h"

using namespace mpc::schedule;

Schedule mpc::schedule::makeGPipe(const GeneratorOptions &options) {
  Schedule schedule = makeEmpty(placeInRounds(options.numGroups, 1),
                                options.numGroups, options.numMicroBatches);
  for (int stage = 0; stage < options.numGroups; ++stage)
    for (ActionKind kind : {ActionKind::Forward, ActionKind::Backward})
      for (int micro = 0; micro < options.numMicroBatches; ++micro)
        schedule.lists[stage].push_back({kind, stage, micro});
  return schedule;
}

#include "Builders.h"
#include <algorithm>

using namespace mpc::schedule;

/// Group r of p runs min(m, p-1-r) forwards ahead, then alternates one forward
/// and one backward.
Schedule
mpc::schedule::makeOneForwardOneBackward(const GeneratorOptions &options) {
  int numMicroBatches = options.numMicroBatches;
  Schedule schedule = makeEmpty(placeInRounds(options.numGroups, 1),
                                options.numGroups, numMicroBatches);
  for (int stage = 0; stage < options.numGroups; ++stage) {
    int ahead = std::min(numMicroBatches, options.numGroups - 1 - stage);
    std::vector<Action> &list = schedule.lists[stage];
    for (int micro = 0; micro < ahead; ++micro)
      list.push_back({ActionKind::Forward, stage, micro});
    for (int micro = 0; micro < numMicroBatches; ++micro) {
      if (micro + ahead < numMicroBatches)
        list.push_back({ActionKind::Forward, stage, micro + ahead});
      list.push_back({ActionKind::Backward, stage, micro});
    }
  }
  return schedule;
}

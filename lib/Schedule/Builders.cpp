#include "Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace mpc::schedule;

std::vector<int> mpc::schedule::placeInRounds(int numGroups,
                                              int chunksPerGroup) {
  std::vector<int> chunkToGroup;
  for (int chunk = 0; chunk < numGroups * chunksPerGroup; ++chunk)
    chunkToGroup.push_back(chunk % numGroups);
  return chunkToGroup;
}

std::vector<int> mpc::schedule::placeInV(int numGroups) {
  std::vector<int> chunkToGroup = placeInRounds(numGroups, 1);
  for (int group = numGroups - 1; numGroups > 1 && group >= 0; --group)
    chunkToGroup.push_back(group);
  return chunkToGroup;
}

Schedule mpc::schedule::makeEmpty(std::vector<int> chunkToGroup, int numGroups,
                                  int numMicroBatches) {
  Schedule schedule;
  schedule.numGroups = numGroups;
  schedule.numChunks = int(chunkToGroup.size());
  schedule.numMicroBatches = numMicroBatches;
  schedule.chunkToGroup = std::move(chunkToGroup);
  schedule.lists.resize(numGroups);
  return schedule;
}

void mpc::schedule::keepMicroBatches(Schedule &schedule, int numMicroBatches) {
  schedule.numMicroBatches = numMicroBatches;
  for (std::vector<Action> &list : schedule.lists)
    llvm::erase_if(list, [&](const Action &action) {
      return action.micro >= numMicroBatches;
    });
}

Schedule mpc::schedule::makeForwardOnly(const std::vector<int> &chunkToGroup,
                                        int numGroups, int numMicroBatches) {
  Schedule schedule = makeEmpty(chunkToGroup, numGroups, numMicroBatches);
  // Rounds of one action a group; `done` is how far a chunk was before it.
  std::vector<int> done(schedule.numChunks), now(schedule.numChunks);
  while (done.back() < numMicroBatches) {
    std::vector<bool> isBusy(numGroups);
    for (int chunk = schedule.numChunks - 1; chunk >= 0; --chunk) {
      int group = chunkToGroup[chunk];
      int available = chunk == 0 ? numMicroBatches : done[chunk - 1];
      if (isBusy[group] || done[chunk] >= available)
        continue;
      isBusy[group] = true;
      schedule.lists[group].push_back(
          {ActionKind::Forward, chunk, now[chunk]++});
    }
    done = now;
  }
  return schedule;
}

//===- Interleaved.cpp - 1F1B on several chunks a group -------------------===//
//
// Narayanan et al., arXiv 2104.04473. Micro-batches go in rounds of p: a group
// runs a round through its first chunk, then through its second, ...
//
//===----------------------------------------------------------------------===//

#include "Builders.h"
#include <algorithm>

using namespace mpc::schedule;

namespace {
/// The k-th forward or backward of a group.
struct RoundOrder {
  int numGroups, chunksPerGroup, group;

  Action operator()(ActionKind kind, int k) const {
    int round = numGroups * chunksPerGroup;
    int turn = k % round / numGroups;
    if (kind == ActionKind::Backward)
      turn = chunksPerGroup - 1 - turn;
    return {kind, turn * numGroups + group,
            k / round * numGroups + k % numGroups};
  }
};
} // namespace

Schedule mpc::schedule::makeInterleaved(const GeneratorOptions &options) {
  int p = options.numGroups, v = options.number;
  if (p == 1 || v == 1)
    return makeOneForwardOneBackward(options);
  int rounds = (options.numMicroBatches + p - 1) / p;
  int total = rounds * p * v;
  Schedule schedule = makeEmpty(placeInRounds(p, v), p, rounds * p);
  for (int group = 0; group < p; ++group) {
    RoundOrder order{p, v, group};
    std::vector<Action> &list = schedule.lists[group];
    int ahead = std::min(total, 2 * (p - 1 - group) + (v - 1) * p);
    for (int k = 0; k < ahead; ++k)
      list.push_back(order(ActionKind::Forward, k));
    for (int k = 0; k < total; ++k) {
      if (k + ahead < total)
        list.push_back(order(ActionKind::Forward, k + ahead));
      list.push_back(order(ActionKind::Backward, k));
    }
  }
  keepMicroBatches(schedule, options.numMicroBatches);
  return schedule;
}

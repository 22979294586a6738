//===- ZeroBubble.cpp - 1F1B with the backward in two halves --------------===//
//
// Qi et al., arXiv 2401.10241: ZB-H1 and ZB-H2. Only the input-gradient is
// waited for by other groups; weight-gradients fill what would be bubbles. The
// later a group starts, the more of them it keeps for the end.
//
//===----------------------------------------------------------------------===//

#include "Builders.h"

using namespace mpc::schedule;

Schedule mpc::schedule::makeDelayed(const std::vector<int> &ahead,
                                    const std::vector<int> &delay,
                                    int numMicroBatches) {
  int numGroups = int(ahead.size());
  Schedule schedule =
      makeEmpty(placeInRounds(numGroups, 1), numGroups, numMicroBatches);
  auto exists = [&](int micro) {
    return micro >= 0 && micro < numMicroBatches;
  };
  for (int group = 0; group < numGroups; ++group) {
    std::vector<Action> &list = schedule.lists[group];
    for (int micro = 0; micro < ahead[group] && exists(micro); ++micro)
      list.push_back({ActionKind::Forward, group, micro});
    for (int micro = 0; micro < numMicroBatches + delay[group]; ++micro) {
      if (exists(micro + ahead[group]))
        list.push_back({ActionKind::Forward, group, micro + ahead[group]});
      if (exists(micro))
        list.push_back({ActionKind::InputGrad, group, micro});
      if (exists(micro - delay[group]))
        list.push_back({ActionKind::WeightGrad, group, micro - delay[group]});
    }
  }
  return schedule;
}

/// `factor` times as many forwards ahead as 1F1B.
static Schedule makeHandMade(const GeneratorOptions &options, int factor) {
  std::vector<int> ahead, delay;
  for (int group = 0; group < options.numGroups; ++group) {
    ahead.push_back(factor * (options.numGroups - 1 - group));
    delay.push_back(factor * group);
  }
  return makeDelayed(ahead, delay, options.numMicroBatches);
}

Schedule mpc::schedule::makeZeroBubbleH1(const GeneratorOptions &options) {
  return makeHandMade(options, 1);
}

Schedule mpc::schedule::makeZeroBubbleH2(const GeneratorOptions &options) {
  return makeHandMade(options, 2);
}

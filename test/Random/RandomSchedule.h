//===- RandomSchedule.h - an order nobody would choose ----------*- C++ -*-===//

#ifndef MPC_TEST_RANDOM_RANDOMSCHEDULE_H
#define MPC_TEST_RANDOM_RANDOMSCHEDULE_H

#include "Random.h"
#include "mpc/Schedule/Actions.h"

namespace mpc::test {

/// A legal order of a training step: up to two stages a group, each on any
/// group, some backwards in halves and some whole.
schedule::Schedule makeRandomSchedule(Random &random, int numGroups,
                                      int numMicroBatches);

} // namespace mpc::test

#endif

//===- ChainTimes.h - a quick clock for generators --------------*- C++ -*-===//
#ifndef MPC_LIB_SCHEDULE_CHAINTIMES_H
#define MPC_LIB_SCHEDULE_CHAINTIMES_H

#include "mpc/Schedule/Generators.h"

namespace mpc::schedule {

struct ChainResult {
  /// Of the whole step.
  double makespan = 0;
  /// The longest time from a group's first start to its last end.
  double longestSpan = 0;
};

/// Times compute-only lists of a chain of equal chunks: a forward waits for the
/// chunk before, a backward for the chunk behind, and `times.transfer` passes
/// where that is on another group. Nothing else is needed to compare lists; the
/// simulator times real programs. Lists must be legal.
ChainResult timeChain(const Schedule &schedule, const ChunkTimes &times);

} // namespace mpc::schedule

#endif // MPC_LIB_SCHEDULE_CHAINTIMES_H

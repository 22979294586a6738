//===- Check.h - Proofs about schedules -------------------------*- C++ -*-===//
#ifndef MPC_SCHEDULE_CHECK_H
#define MPC_SCHEDULE_CHECK_H

#include "mpc/Schedule/Program.h"

namespace mpc::schedule {

/// Rules on the per-micro-batch actions alone, for generated and hand-written
/// schedules before completion (other actions are ignored):
/// - every chunk runs each micro-batch's forward exactly once, on its group;
/// - with gradients, each micro-batch has one B, or one I and one W, on every
///   chunk; without, none has any;
/// - F before B or I, I before W;
/// - a chunk accumulates gradients in ascending micro-batch order.
llvm::Error checkCompute(const Schedule &schedule);

/// Proves that complete lists run `program` correctly:
/// - coverage: each body exactly once for each micro-batch, or once a step;
/// - order: the rules of checkCompute; prepares first and updates last, each
///   in level order; producers before consumers on every group;
/// - transfers: each value goes exactly once to each group that reads it, sent
///   after its producer, received before its first consumer, waited for;
/// - first-in first-out matching on every channel (pair of groups);
/// - no deadlock, for any durations.
/// The error names the group and the action:
///   group 1: recv of edge 3 ('h1') for micro-batch 2 has no matching send
llvm::Error check(const Schedule &schedule, const Program &program);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_CHECK_H

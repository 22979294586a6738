//===- Complete.h - From compute lists to complete lists --------*- C++ -*-===//
//
// complete() turns a compute-only schedule into what the runtime executes:
//
//   Prepare by level | compute with Send, Recv, WaitSend | Update by level
//
// All groups are simulated together. When an action has run, its sends follow
// it; the receiver gets the matching receive at the point of its own list that
// it has reached by then (the sender places the receive), right before the
// first consumer at the latest. The wait for a send goes before the sender's
// first action after the receive, or at the end of its list. What coincides in
// the simulation is not waited for, because copies take time. The simulated
// order is itself a legal order of the result, so the result cannot deadlock.
//
//   0F0,0F1,0B0,0B1     0F0,0SEND_F0:0>1,0F1,0SEND_F1:0>1,0WAIT_F0:0>1,...
//   1F0,1B0,1F1,1B1     0RECV_F0:0<0,1F0,1B0,1SEND_B0:3>0,0RECV_F1:0<0,1F1,...
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_COMPLETE_H
#define MPC_SCHEDULE_COMPLETE_H

#include "mpc/Schedule/Program.h"

namespace mpc::schedule {

/// Completes `compute`, a schedule of per-micro-batch actions that covers
/// exactly the program's per-micro-batch bodies. Fails when it does not, when
/// the program is malformed, or when the lists cannot be run in their order:
///   no progress: group 1 stops at '1F0', which needs edge 2 ('h0') for
///   micro-batch 0
llvm::Expected<Schedule> complete(const Schedule &compute,
                                  const Program &program);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_COMPLETE_H

//===- CheckTransfers.h - The transfer half of check() ----------*- C++ -*-===//
#ifndef MPC_LIB_SCHEDULE_CHECKTRANSFERS_H
#define MPC_LIB_SCHEDULE_CHECKTRANSFERS_H

#include "Messages.h"

namespace mpc::schedule {

/// Position of each body's action for each micro-batch in its group's list.
using Positions = std::vector<std::vector<int>>;

/// Values reach the groups that read them, once, after their producers and
/// before their consumers; local ones are produced before they are read.
llvm::Error checkDataFlow(const ProgramIndex &index, const Positions &positions,
                          const MessageTable &messages);

/// Receives of every channel come in the order of its sends.
llvm::Error checkChannels(const Schedule &schedule, const Program &program,
                          const MessageTable &messages);

/// Runs the lists without time: every group reaches its end.
llvm::Error checkDeadlock(const Schedule &schedule, const Program &program,
                          const MessageTable &messages);

} // namespace mpc::schedule

#endif // MPC_LIB_SCHEDULE_CHECKTRANSFERS_H

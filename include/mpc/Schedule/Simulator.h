//===- Simulator.h - Times for every action of a schedule -------*- C++ -*-===//
//
// A discrete event simulation of exactly the lists that run: each group does
// its actions in order, a Send takes no time, a WaitSend waits for the end of
// the copy. A Recv only posts: beside the group's compute, one after the other,
// receives wait for their Send (and the latency between them) and then copy. A
// compute action waits for what it reads.
//
//   GPipe, p = 4, m = 12, F = 1, B = 2, free transfers:
//   makespan 45 = m(F+B) + (p-1)(F+B), bubble ratio 9/45 = 0.2
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_SIMULATOR_H
#define MPC_SCHEDULE_SIMULATOR_H

#include "mpc/Schedule/Program.h"
#include <functional>

namespace mpc::schedule {

/// What things cost, in seconds (or any one unit).
struct Costs {
  /// Duration of a compute action on a group that has its cores for itself;
  /// must be set.
  std::function<double(int group, const Action &)> compute;
  /// Duration of the copy of a Recv, from its start; null means free.
  std::function<double(const Action &recv)> transfer;
  /// Time on the way, from a Send until its Recv can start; both ends work on
  /// meanwhile. Null means none.
  std::function<double(const Action &send)> latency;
  /// When the groups are virtual devices that share this many cores: with k
  /// groups at work, computing or copying, each runs at min(1, cores / k) of
  /// its speed. 0 gives every group its own core.
  int sharedCores = 0;
};

/// When an action happened. It is reached at `reach`, waits for its peer (or,
/// compute, for what it reads) until `start`, and works until `end`.
struct Span {
  double reach = 0, start = 0, end = 0;
};

struct Timeline {
  /// One span for each action, as in Schedule::lists.
  std::vector<std::vector<Span>> spans;
  double makespan = 0;
  /// By group: seconds in compute actions and in copies of receives.
  std::vector<double> computing, copying;

  /// Part of the makespan in which a group does not compute.
  double bubbleRatio(int group) const;
  /// The same for all groups together.
  double bubbleRatio() const;
};

/// Times complete lists. Compute-only lists are timed too, but then no group
/// waits for another. Fails on lists that deadlock or whose transfers do not
/// match, and on costs that are negative or not finite. The program, which the
/// lists have been checked against, says who reads what is received.
llvm::Expected<Timeline> simulate(const Schedule &schedule,
                                  const Program &program, const Costs &costs);

/// Chrome's trace event format (ChromeTrace.h): one slice an action of each
/// device of `groups`. `args` has the action's
/// group, index in the list, id (see actionId) and, for transfers, the time it
/// waited. Times are converted from seconds to microseconds.
nlohmann::json toChromeTrace(const Schedule &schedule, const Timeline &timeline,
                             const std::vector<std::vector<int64_t>> &groups);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_SIMULATOR_H

//===- ShardingSolver.h - Good solutions with proof -------------*- C++ -*-===//
//
// Solves sharding problems by exact reduction, message passing with memory
// prices, and large-neighbourhood search with dynamic programming, on several
// threads that share what they find. Every answer has a lower bound; small and
// many large problems are solved to proved optimality.
//
//   ShardingOptions options;
//   options.timeLimit = 10;
//   ShardingResult result = solveSharding(problem, options);
//   if (result.feasible)
//     use(result.solution), report(result.gap());
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_SHARDINGSOLVER_H
#define MPC_PLANNER_SHARDINGSOLVER_H

#include "mpc/Planner/ShardingProblem.h"
#include <chrono>
#include <functional>

namespace mpc {

/// Told of every improvement, by one thread at a time: seconds since the start,
/// and the solution with its value.
using ImprovementObserver = std::function<void(double, const ShardingSolution &,
                                               const ShardingValue &)>;

struct ShardingOptions {
  /// Seconds from `start`. The search ends before them, by half a second or by
  /// a tenth if that is less: threads take time to end on a busy machine.
  double timeLimit = 10;
  /// Set it earlier to count the reading of the problem.
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
  int threads = 2;
  /// Runs of one thread with equal seeds differ only by timing.
  std::uint64_t seed = 1;
  ImprovementObserver onImprovement;
};

struct ShardingResult {
  /// Otherwise no solution fits in memory, which is certain.
  bool feasible = false;
  ShardingSolution solution;
  ShardingValue value;
  /// No solution that fits costs less.
  WideCost lowerBound = 0;
  double seconds = 0;

  bool optimal() const { return feasible && lowerBound >= value.cost; }
  /// Relative distance of the cost from the bound; 0 where optimal.
  double gap() const;
};

/// \p problem must pass its `check()`.
ShardingResult solveSharding(const ShardingProblem &problem,
                             const ShardingOptions &options);

} // namespace mpc

#endif // MPC_PLANNER_SHARDINGSOLVER_H

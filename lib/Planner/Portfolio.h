//===- Portfolio.h - Threads that share what they find ----------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_PORTFOLIO_H
#define MPC_LIB_PLANNER_PORTFOLIO_H

#include "mpc/Planner/LocalSearch.h"
#include "mpc/Planner/BranchAndBound.h"
#include <atomic>
#include <mutex>

namespace mpc {

/// Runs search and dual ascent on one reduced problem until the bound meets the
/// best cost or time is up. No thread ever waits for another for longer than a
/// copy takes.
class Portfolio {
public:
  using Clock = LocalSearch::Clock;
  /// Told of improvements, one at a time.
  using Observer = std::function<void(const Assignment &)>;

  Portfolio(const ReducedProblem &problem, Clock::time_point deadline,
            std::uint64_t seed, Observer observer);

  /// Works with \p threads threads, this one included.
  void run(int threads);

  double bound() const { return lowerBound; }

private:
  void work(int thread);
  double slice() const;
  void exchange(LocalSearch &search);
  void publish(LocalSearch &search);
  bool dualIsDue() const;
  void raiseBound(LocalSearch &search);
  double ascend();
  double branch(LocalSearch &search);
  bool finished() const {
    return closed || Clock::now() >= deadline;
  }
  void closeIfProved();

  const ReducedProblem &problem;
  Clock::time_point deadline, start;
  std::uint64_t seed;
  Observer observer;

  std::mutex bestMutex; ///< Guards the four below.
  Assignment best;
  std::atomic<double> bestCost = 1e300;
  std::vector<double> prices;
  std::atomic<int> bestVersion = 0, priceVersion = 0;

  std::mutex dualMutex; ///< Held by the thread that raises the bound.
  PriceAscent ascent;
  std::unique_ptr<BranchAndBound> tree; ///< Once the ascent has stalled.
  double boundThen = 0;                 ///< When it last rose notably.
  int idleSteps = 0;                    ///< Of the ascent since then.
  std::atomic<double> lowerBound, dualSeconds = 0, searchSeconds = 0;
  std::atomic<bool> closed = false;
  std::atomic<double> lastBoundGain = 0, lastCostGain = 0; ///< Seconds from start.
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_PORTFOLIO_H

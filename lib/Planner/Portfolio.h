//===- Portfolio.h - Threads that share what they find ----------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_PORTFOLIO_H
#define MPC_LIB_PLANNER_PORTFOLIO_H

#include "mpc/Planner/BranchAndBound.h"
#include "mpc/Planner/LocalSearch.h"
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

  /// \p cost is that of the best assignment known so far: only better ones are
  /// of interest. \p hint may be empty, and need not fit.
  Portfolio(const ReducedProblem &problem, Clock::time_point deadline,
            std::uint64_t seed, Observer observer, double cost,
            Assignment hint);

  /// Works with \p threads threads, this one included.
  void run(int threads);

  /// On the cost of any assignment that fits.
  double bound() const { return lowerBound; }

  /// Set where the run has stopped early because so many values turned out to
  /// be useless that the problem is better reduced again. By value: true if
  /// useless.
  const std::vector<char> &useless() const { return deadValues; }

private:
  void work(int thread, double cellLimit);
  double slice() const;
  void exchange(LocalSearch &search);
  void publish(LocalSearch &search);
  bool dualIsDue() const;
  void raiseBound(LocalSearch &search);
  double ascend();
  double branch(LocalSearch &search);
  bool finished() const { return closed || Clock::now() >= deadline; }
  void closeIfProved();
  void stopIfReducible();

  const ReducedProblem &problem;
  Clock::time_point deadline, start;
  std::uint64_t seed;
  Observer observer;
  Assignment hint;
  std::vector<char> deadValues;

  std::mutex bestMutex; ///< Guards the four below.
  Assignment best;
  std::atomic<double> bestCost = 1e300;
  std::vector<double> prices;
  std::atomic<int> bestVersion = 0, priceVersion = 0;

  std::mutex dualMutex; ///< Held by the thread that raises the bound.
  PriceAscent ascent;
  std::unique_ptr<BranchAndBound> tree; ///< Once the ascent has stalled.
  /// The best bound of the last steps, and of as many steps before.
  double windowBest = -1e300, lastWindowBest = -1e300;
  int windowSteps = 0;
  std::atomic<double> lowerBound, dualSeconds = 0, searchSeconds = 0;
  std::atomic<bool> closed = false, pricesStand = false;
  std::atomic<double> lastBoundGain = 0,
                      lastCostGain = 0; ///< Seconds from start.
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_PORTFOLIO_H

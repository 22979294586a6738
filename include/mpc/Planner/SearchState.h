//===- SearchState.h - An assignment that is cheap to change ----*- C++ -*-===//
#ifndef MPC_PLANNER_SEARCHSTATE_H
#define MPC_PLANNER_SEARCHSTATE_H

#include "mpc/Planner/RowLoads.h"
#include <chrono>

namespace mpc {

/// An assignment with its cost, the cost of every single change, and its
/// memory. Changes are journalled, so a failed experiment can be undone. What
/// takes many changes stops early at the deadline.
class SearchState {
public:
  using Clock = std::chrono::steady_clock;

  explicit SearchState(const ReducedProblem &problem,
                       Clock::time_point deadline = Clock::time_point::max());

  void assign(Assignment next);
  void move(int v, int value);
  /// Moves every variable of \p next that differs.
  void moveTo(const Assignment &next);

  const Assignment &assignment() const { return current; }
  double cost() const { return total; }
  const RowLoads &loads() const { return rows; }
  bool feasible() const { return rows.feasible(); }
  double delta(int v, int value) const {
    const double *costs = conditional.data() + problem.valueOffset[v];
    return costs[value] - costs[current[v]];
  }
  bool fits(int v, int value) const { return rows.fits(v, current[v], value); }

  /// Changes since `refresh`, as (variable, value before).
  llvm::ArrayRef<std::pair<int, int>> journal() const { return changes; }
  void undo();
  /// Makes the changes final and costs exact again: sums of many changes drift.
  void refresh() { assign(std::move(current)); }

  /// Takes single changes that pay and fit, among the changed variables and
  /// their neighbours, until none is left.
  void polish();
  /// The same, starting from all variables.
  void polishAll();
  /// Brings rows that are exceeded back below their capacity, cheapest byte
  /// first, in at most \p steps changes. Gives up, and returns false with some
  /// row still exceeded, as soon as the cost is above \p costLimit or time is
  /// up.
  bool repair(int steps, double costLimit);

private:
  void descend(std::vector<int> &queue);
  bool improve(int v);
  bool relieve(int row);
  void addEdgeCosts(int v, int value, double sign);

  const ReducedProblem &problem;
  Clock::time_point deadline;
  Assignment current;
  std::vector<double> conditional; ///< Unary and edge cost of each value.
  double total = 0;
  RowLoads rows;
  std::vector<std::pair<int, int>> changes;
  std::vector<char> queued;
};

} // namespace mpc

#endif // MPC_PLANNER_SEARCHSTATE_H

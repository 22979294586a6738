//===- NestedProblem.h - What a bound leaves of a problem -------*- C++ -*-===//
#ifndef MPC_PLANNER_NESTEDPROBLEM_H
#define MPC_PLANNER_NESTEDPROBLEM_H

#include "mpc/Planner/ReducedProblem.h"

namespace mpc {

/// A reduced problem without some of its values, reduced once more: fewer
/// values make more of the exact reductions possible. Solutions translate both
/// ways.
class NestedProblem {
public:
  /// Keeps the values y of variable v where !dead[valueOffset[v] + y].
  /// Reduces for \p seconds, or until merging is done, and no longer than until
  /// \p deadline.
  NestedProblem(const ReducedProblem &outer, const std::vector<char> &dead,
                double seconds, std::chrono::steady_clock::time_point deadline);

  /// Null where nothing is left: no assignment avoids the dead values. Null as
  /// well where the deadline came first.
  const ReducedProblem *problem() const { return reduced.get(); }
  /// The outer assignment that \p inner stands for.
  Assignment lift(const Assignment &inner) const;
  /// The inner assignment nearest to \p outer.
  Assignment project(const Assignment &outer) const;

private:
  /// Holds a node for every piece of memory; only intervals and usages matter.
  ShardingProblem pieces;
  std::vector<int> nodeOf;            ///< By outer variable: one of its nodes.
  std::vector<std::vector<int>> kept; ///< By outer variable: values left.
  std::unique_ptr<ReducedProblem> reduced;
};

} // namespace mpc

#endif // MPC_PLANNER_NESTEDPROBLEM_H

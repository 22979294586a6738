//===- ReducedProblem.h - What exact reductions leave -----------*- C++ -*-===//
//
// The part of a sharding problem that needs search, in flat arrays that many
// threads may read: variables with unary costs, edges with tables (shared where
// equal, and stored both ways round), and rows of memory. Costs are doubles:
// integers, exact up to 9e15. A forbidden pair costs `forbidden`, which is more
// than all other costs together.
//
//   minimise  constant + sum unary(v, x_v) + sum table(x_u, x_v)
//   where     sum over v of excess(v, x_v, r) <= capacity(r)  for every row r
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_REDUCEDPROBLEM_H
#define MPC_PLANNER_REDUCEDPROBLEM_H

#include "mpc/Planner/ShardingProblem.h"
#include <chrono>
#include <memory>

namespace mpc {

/// One value for each variable of a reduced problem.
using Assignment = std::vector<std::int32_t>;

struct ReducedProblem {
  /// An edge as seen from one of its ends.
  struct Arc {
    int other;
    int edge;
    const double *table; ///< Major in the variable that owns the arc.
  };
  struct Edge {
    int first, second;
    const double *table;      ///< Major in `first`.
    const double *transposed; ///< Major in `second`.
  };
  /// Bytes over the floor by value, at the rows begin <= r < end.
  struct Piece {
    int begin, end;
    const std::int64_t *excess;
  };

  double constant = 0;
  double forbidden = 1e17;
  std::vector<int> valueOffset = {0}; ///< Of variable v's values in `unary`.
  std::vector<double> unary;
  std::vector<Edge> edges;
  std::vector<std::int64_t> capacity; ///< By row; none is negative.

  int size() const { return int(valueOffset.size()) - 1; }
  int rows() const { return int(capacity.size()); }
  int domain(int v) const { return valueOffset[v + 1] - valueOffset[v]; }
  const double *unaryOf(int v) const { return unary.data() + valueOffset[v]; }
  llvm::ArrayRef<Arc> arcs(int v) const {
    return llvm::ArrayRef(arcList).slice(arcOffset[v],
                                         arcOffset[v + 1] - arcOffset[v]);
  }
  llvm::ArrayRef<Piece> pieces(int v) const {
    return llvm::ArrayRef(pieceList).slice(pieceOffset[v],
                                           pieceOffset[v + 1] - pieceOffset[v]);
  }

  /// Cost of \p assignment, constant included.
  double cost(const Assignment &assignment) const;
  /// The strategies of all nodes that \p assignment stands for.
  ShardingSolution expand(const Assignment &assignment) const;
  /// The assignment that agrees with \p solution at most nodes.
  Assignment project(const ShardingSolution &solution) const;

  /// \name Storage behind the pointers and the way back to nodes.
  /// @{
  struct Expansion;
  std::shared_ptr<const Expansion> expansion;
  std::vector<std::vector<double>> tables;
  std::vector<std::int64_t> excesses;
  std::vector<Arc> arcList;
  std::vector<std::size_t> arcOffset = {0};
  std::vector<Piece> pieceList;
  std::vector<std::size_t> pieceOffset = {0};
  /// @}
};

/// How large a reduced problem is.
struct SimplifyStatistics {
  explicit SimplifyStatistics(const ReducedProblem &reduced);

  int variables, edges, rows;
  std::size_t values, entries = 0, forbiddenEntries = 0;
};

/// Reduces \p problem exactly: an optimal solution of the result expands to one
/// of the problem. Pairs of 1e17 and more count as forbidden, and nothing is
/// returned where forbidden pairs cannot be avoided; with \p soft they are
/// merely dear, and the reduced cost of a solution is at most its true one.
/// Stops reducing, but stays exact, after \p seconds. Gives up and returns
/// nothing where not even the merging is done by \p deadline.
std::unique_ptr<ReducedProblem>
simplify(const ShardingProblem &problem, bool soft, double seconds,
         std::chrono::steady_clock::time_point deadline =
             std::chrono::steady_clock::time_point::max());

/// What \p soft reduces larger costs to: so little that all terms together stay
/// below 1e17.
std::int64_t softCutOff(const ShardingProblem &problem);

} // namespace mpc

#endif // MPC_PLANNER_REDUCEDPROBLEM_H

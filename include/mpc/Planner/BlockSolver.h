//===- BlockSolver.h - Exact dynamic programming on a part ------*- C++ -*-===//
//
// Frees some variables of an assignment, holds the others, and minimises the
// priced cost over the free ones exactly by eliminating one after the other.
// Where a table would grow beyond a limit, one more variable is held instead,
// so any set may be freed. Memory enters by prices only:
//
//   BlockSolver solver(problem);
//   BlockPlan plan = solver.plan(variables, /*tableLimit=*/1e4, random);
//   solver.load(plan, assignment);        // costs of what is held
//   solver.solve(pricedUnary, assignment);  // may run again with other prices
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_BLOCKSOLVER_H
#define MPC_PLANNER_BLOCKSOLVER_H

#include "mpc/Planner/ReducedProblem.h"
#include <random>

namespace mpc {

using Random = std::mt19937_64;

/// Evenly from [0, 1).
inline double uniform(Random &random) {
  return double(random() >> 11) * 0x1p-53;
}

/// The freed variables in the order of their elimination, with what remains
/// next to each at that time.
struct BlockPlan {
  std::vector<int> order;
  std::vector<std::vector<int>> scope; ///< By position; ascending positions.
  double cells = 0;                    ///< Work of one solve.
};

class BlockSolver {
public:
  explicit BlockSolver(const ReducedProblem &problem);

  /// Tables of at most \p tableLimit entries times the eliminated domain, and
  /// \p cellLimit in all. Variables of \p variables that do not fit are left
  /// out of the order; \p random decides between them. Values may be restricted
  /// beforehand by `restrict`.
  BlockPlan plan(llvm::ArrayRef<int> variables, double tableLimit,
                 double cellLimit, Random &random);

  /// Values of \p variable that later plans may use; empty: all.
  void restrict(int variable, std::vector<int> values);
  void clearRestrictions();

  /// Prepares the costs that \p plan needs, given what \p assignment holds.
  void load(const BlockPlan &plan, const Assignment &assignment);

  /// Replaces the freed variables of \p assignment by the best values where
  /// variable v's value y costs \p unary[valueOffset[v] + y] in addition to the
  /// edges. Returns the priced cost of the freed part.
  double solve(const BlockPlan &plan, llvm::ArrayRef<double> unary,
               Assignment &assignment);

private:
  struct Factor {
    const double *table;
    std::vector<int> scope; ///< Positions after the owner's; owner is major.
    std::size_t slice;      ///< Entries for one value of the owner.
  };
  class Planner;

  int domain(int v) const {
    return allowed[v].empty() ? problem.domain(v) : int(allowed[v].size());
  }
  int value(int v, int choice) const {
    return allowed[v].empty() ? choice : allowed[v][choice];
  }
  const double *pairTable(int v, const ReducedProblem::Arc &arc);
  void eliminate(const BlockPlan &plan, int position, double *out);
  int chooseBest(const BlockPlan &plan, int position);
  double *allocate(std::size_t count);

  const ReducedProblem &problem;
  std::vector<std::vector<int>> allowed;
  std::vector<int> restricted;
  std::vector<int> positionOf; ///< -1: held.
  std::vector<std::vector<Factor>> buckets;
  std::vector<int> edgeFactors; ///< By position: how many factors are edges.
  std::vector<std::vector<double>> heldCost;
  std::vector<std::vector<double>> local;
  std::vector<int> choice;
  std::vector<std::vector<double>> arena;
  std::size_t arenaBlock = 0, arenaUsed = 0, solveBlock = 0, solveUsed = 0;
};

} // namespace mpc

#endif // MPC_PLANNER_BLOCKSOLVER_H

//===- BranchAndBound.h - Closing the gap -----------------------*- C++ -*-===//
//
// Splits the problem by domains where the bound of message passing alone leaves
// a gap. Subproblems are taken by least bound, so the bound of the whole rises
// as they are worked off; from each one the search dives until it is closed. In
// every subproblem, values whose cost bound reaches the best known cost go, and
// so do values that no longer fit in memory. Where open subproblems take more
// memory than allowed, those of the greatest bound come first: they close soon.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_BRANCHANDBOUND_H
#define MPC_PLANNER_BRANCHANDBOUND_H

#include "mpc/Planner/PriceAscent.h"
#include <functional>
#include <map>

namespace mpc {

class BranchAndBound {
public:
  /// Starts from the messages and prices that \p ascent has reached, and uses
  /// it from then on. \p stop makes `step` return early.
  BranchAndBound(const ReducedProblem &problem, PriceAscent &ascent,
                 std::function<bool()> stop,
                 std::size_t memoryLimit = std::size_t(1) << 30);

  /// Works on one subproblem; costs of \p cutoff and more are of no interest.
  /// \p offer is given assignments that may not fit and may not be good.
  void step(double cutoff, llvm::function_ref<void(const Assignment &)> offer);

  /// Nothing below the cutoff is left.
  bool finished() const { return !diving && open.empty(); }
  /// No assignment that fits and costs less than the cutoffs costs less than
  /// this; infinite when finished.
  double bound() const;
  /// By value: what any assignment that fits and has it costs at least. Known
  /// once the first step is done.
  const std::vector<double> &marginals() const { return rootMarginals; }
  long subproblems() const { return count; }

private:
  struct Subproblem {
    std::vector<bool> dead;
    std::vector<std::pair<int, double>> prices; ///< Of the rows that have one.

    std::size_t bytes() const;
  };
  struct Choice {
    int variable = -1, value = 0;
  };

  Subproblem takeNext();
  void load(const Subproblem &subproblem);
  bool tighten(double cutoff);
  bool killDear(double cutoff);
  void noteMarginals();
  bool killUnfitting();
  bool kill(int v, int value);
  Choice choose() const;
  void split(Choice choice, double cutoff);
  void close() { diving = false; }

  const ReducedProblem &problem;
  PriceAscent &ascent;
  std::function<bool()> stop;
  DualBound &dual;
  RowLoads floor;
  DualBound::Snapshot root;
  std::multimap<double, Subproblem> open; ///< By lower bound.
  std::size_t memoryLimit, openBytes = 0;
  bool diving = false, empty = false;
  double divingBound = 0;
  std::vector<double> divingPrices, rootMarginals;
  long count = 0;
};

} // namespace mpc

#endif // MPC_PLANNER_BRANCHANDBOUND_H

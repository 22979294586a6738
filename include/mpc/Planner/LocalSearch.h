//===- LocalSearch.h - Large-neighbourhood search ---------------*- C++ -*-===//
//
// Improves a feasible assignment by freeing many variables at once and solving
// them exactly at memory prices. The neighbourhoods: all variables but a random
// cutset, balls in the graph, stretches of time, surroundings of a tight row,
// and the difference to another good assignment. Those that gained most per
// second lately are taken most often. How strongly prices count is learned: the
// best solutions sit where memory just fits. Where nothing gains any more, an
// excursion starts: some variable that needs much memory must change its value,
// the rest adapts, and the search goes on from there for a while.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_LOCALSEARCH_H
#define MPC_PLANNER_LOCALSEARCH_H

#include "mpc/Planner/BlockSolver.h"
#include "mpc/Planner/SearchState.h"
#include <array>

namespace mpc {

class FeasibleStart;

class LocalSearch {
public:
  using Clock = SearchState::Clock;

  /// Everything returns early at \p deadline. A block takes at most
  /// \p cellLimit operations, and half as many numbers of memory.
  LocalSearch(const ReducedProblem &problem, std::uint64_t seed,
              Clock::time_point deadline, double cellLimit = 2e8);
  ~LocalSearch();

  /// The best assignment so far; false before anything fits.
  bool hasBest() const { return found; }
  const Assignment &best() const { return bestAssignment; }
  double bestCost() const { return leastCost; }

  void setPrices(const std::vector<double> &price);
  /// Makes \p candidate fit if it does not, polishes it, and goes on from there
  /// if it is better. Returns whether it is.
  bool consider(const Assignment &candidate);
  /// Like `consider`, but mixes \p other with what there is: both are solved
  /// for together where they differ.
  bool recombine(const Assignment &other);

  /// Looks for anything that fits for some seconds, whatever it costs.
  bool findFeasible(double seconds);

  /// Tries one neighbourhood; returns whether it has gained.
  bool step();

private:
  enum Kind { Everything, Ball, Stretch, TightRow, kinds };
  struct Arm {
    double gain = 0, seconds = 1e-3;
  };

  Kind chooseKind();
  std::vector<int> chooseVariables(Kind kind);
  std::vector<int> ballAround(std::vector<int> seeds, std::size_t size);
  std::size_t randomSize();
  double randomTableLimit(Kind kind);
  BlockPlan planBlock(llvm::ArrayRef<int> variables, double tableLimit);
  bool improveBlock(llvm::ArrayRef<int> variables, double tableLimit);
  bool tryScale(const BlockPlan &plan, double scale, double noise,
                bool &fitted);
  void priceUnary(const BlockPlan &plan, double scale, double noise);
  void shakePrices();
  bool keepIfBest();
  void startExcursion();
  void endExcursion();
  int chooseHungry();

  const ReducedProblem &problem;
  Clock::time_point deadline;
  double cellLimit;
  Random random;
  SearchState state;
  BlockSolver blocks;
  std::unique_ptr<FeasibleStart> feasibleStart; ///< Where it was needed.
  RowPrices prices, shaken; ///< As given, and as varied for one step.
  double scale = 1;
  bool found = false;
  Assignment bestAssignment;
  double leastCost = 1e300;
  int idleSteps = 0;      ///< Since the last gain.
  int excursionSteps = 0; ///< Left of the present excursion.
  std::vector<double> unary;
  std::array<Arm, kinds> arms;
  std::vector<int> mark;
  int markStamp = 0;
};

} // namespace mpc

#endif // MPC_PLANNER_LOCALSEARCH_H

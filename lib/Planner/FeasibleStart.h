//===- FeasibleStart.h - Something that fits --------------------*- C++ -*-===//
//
// Where memory is so tight that the least usage of every variable does not fit
// everywhere at once: a variable that stands for many nodes may be small at one
// row only where it is large at another. Looks for any assignment that fits,
// whatever it costs, by single changes that lessen the weighted overflow of all
// rows; where none does, the rows that are still exceeded gain weight.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_PLANNER_FEASIBLESTART_H
#define MPC_LIB_PLANNER_FEASIBLESTART_H

#include "mpc/Planner/BlockSolver.h"
#include "mpc/Planner/RowLoads.h"
#include <chrono>

namespace mpc {

class FeasibleStart {
public:
  FeasibleStart(const ReducedProblem &problem, Random &random);

  /// Changes \p assignment until it fits. False if it does not at \p until.
  bool run(Assignment &assignment, std::chrono::steady_clock::time_point until);

private:
  struct Change {
    int variable = -1, value = 0;
    double overflow = 0; ///< By how much the weighted overflow grows.
  };

  Change bestChange(const Assignment &assignment, int row);
  double growth(const Assignment &assignment, int v, int value) const;
  int pickExceededRow();

  const ReducedProblem &problem;
  Random &random;
  RowLoads loads;
  std::vector<double> weight;
  std::vector<long> changedAt; ///< By variable: the last step that changed it.
  long steps = 0;
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_FEASIBLESTART_H

#ifndef MPC_TEST_UNIT_PLANNER_EXHAUSTIVE_H
#define MPC_TEST_UNIT_PLANNER_EXHAUSTIVE_H

#include "mpc/Planner/ReducedProblem.h"

namespace mpc {

/// The least cost of all solutions that fit, by trying every one.
std::optional<WideCost> exhaustiveOptimum(const ShardingProblem &problem);

/// The same for a reduced problem.
std::optional<double> exhaustiveOptimum(const ReducedProblem &problem);

/// Calls \p visit with every combination of one value below each size.
template <typename Visit>
void forEachCombination(const std::vector<int> &sizes, Visit visit) {
  std::vector<std::int32_t> values(sizes.size());
  while (true) {
    visit(values);
    std::size_t i = 0;
    while (i < sizes.size() && ++values[i] == sizes[i])
      values[i++] = 0;
    if (i == sizes.size())
      return;
  }
}

} // namespace mpc

#endif // MPC_TEST_UNIT_PLANNER_EXHAUSTIVE_H

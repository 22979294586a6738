#ifndef MPC_TEST_UNIT_PLANNER_RANDOMSHARDING_H
#define MPC_TEST_UNIT_PLANNER_RANDOMSHARDING_H

#include "mpc/Planner/ShardingProblem.h"
#include <random>

namespace mpc {

struct RandomSharding {
  int nodes = 6;
  int strategies = 4; ///< At most.
  double edgesPerNode = 1.3;
  double forbidden = 0.1;  ///< Share of forbidden pairs.
  double functional = 0.2; ///< Share of edges that only allow equal choices.
  double tightness = 0.3;  ///< Limit: floor peak plus this share of the range.
};

/// A problem that passes its check; the same for equal arguments.
ShardingProblem randomSharding(const RandomSharding &shape, unsigned seed);

/// The same problem with nodes in another order: node i becomes order[i].
ShardingProblem relabel(const ShardingProblem &problem,
                        const std::vector<int> &order);

} // namespace mpc

#endif // MPC_TEST_UNIT_PLANNER_RANDOMSHARDING_H

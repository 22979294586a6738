#include "Exhaustive.h"
#include "mpc/Planner/RowLoads.h"

using namespace mpc;

std::optional<WideCost> mpc::exhaustiveOptimum(const ShardingProblem &problem) {
  std::vector<int> sizes;
  for (std::size_t n = 0; n < problem.nodeCount(); ++n)
    sizes.push_back(int(problem.strategies(n)));
  std::optional<WideCost> best;
  forEachCombination(sizes, [&](const ShardingSolution &solution) {
    ShardingValue value = llvm::cantFail(problem.evaluate(solution));
    if (problem.fits(value) && (!best || value.cost < *best))
      best = value.cost;
  });
  return best;
}

std::optional<double> mpc::exhaustiveOptimum(const ReducedProblem &problem) {
  std::vector<int> sizes;
  for (int v = 0; v < problem.size(); ++v)
    sizes.push_back(problem.domain(v));
  std::optional<double> best;
  RowLoads loads(problem);
  forEachCombination(sizes, [&](const Assignment &assignment) {
    loads.assign(assignment);
    double cost = problem.cost(assignment);
    if (loads.feasible() && (!best || cost < *best))
      best = cost;
  });
  return best;
}

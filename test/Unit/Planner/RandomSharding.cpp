#include "RandomSharding.h"
#include <algorithm>

using namespace mpc;

static constexpr std::int64_t never = 1'000'000'000'000'000'000;

static std::vector<std::int64_t> randomTable(const RandomSharding &shape,
                                             int rows, int columns,
                                             std::mt19937 &random) {
  auto chance = [&](double p) { return random() % 1000 < p * 1000; };
  bool equal = rows == columns && chance(shape.functional);
  std::vector<std::int64_t> table;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      bool no = equal ? r != c : chance(shape.forbidden);
      table.push_back(no ? never : chance(0.4) ? 0 : random() % 50);
    }
  return table;
}

ShardingProblem mpc::randomSharding(const RandomSharding &shape,
                                    unsigned seed) {
  std::mt19937 random(seed);
  ShardingProblem problem;
  for (int n = 0; n < shape.nodes; ++n) {
    std::int64_t begin = random() % 10, end = begin + random() % 8;
    std::vector<std::int64_t> costs, usages;
    int count = 1 + random() % shape.strategies;
    for (int s = 0; s < count; ++s) {
      costs.push_back(random() % 3 == 0 ? 0 : random() % 40);
      usages.push_back(random() % 100);
    }
    problem.addNode({begin, end}, costs, usages);
  }
  int edges = shape.nodes > 1 ? int(shape.nodes * shape.edgesPerNode) : 0;
  for (int e = 0; e < edges; ++e) {
    int a = random() % shape.nodes, b = random() % shape.nodes;
    problem.addEdge(a, b,
                    randomTable(shape, int(problem.strategies(a)),
                                int(problem.strategies(b)), random));
  }
  ShardingSolution greediest(shape.nodes);
  for (int n = 0; n < shape.nodes; ++n) {
    auto usages = problem.nodeUsages[n];
    greediest[n] =
        int(std::max_element(usages.begin(), usages.end()) - usages.begin());
  }
  auto low = llvm::cantFail(problem.evaluate(problem.leastUsage())).peakUsage;
  auto high = llvm::cantFail(problem.evaluate(greediest)).peakUsage;
  problem.usageLimit = low + std::int64_t(shape.tightness * double(high - low));
  return problem;
}

ShardingProblem mpc::relabel(const ShardingProblem &problem,
                             const std::vector<int> &order) {
  ShardingProblem result;
  std::vector<int> at(order.size());
  for (int n = 0; n < int(order.size()); ++n)
    at[order[n]] = n;
  for (int old : at)
    result.addNode(problem.intervals[old], problem.nodeCosts[old],
                   problem.nodeUsages[old]);
  for (std::size_t e = problem.edges.size(); e-- > 0;)
    result.addEdge(order[problem.edges[e].first],
                   order[problem.edges[e].second], problem.edgeCosts[e]);
  result.usageLimit = problem.usageLimit;
  return result;
}

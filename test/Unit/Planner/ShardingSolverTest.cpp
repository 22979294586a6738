#include "mpc/Planner/ShardingSolver.h"
#include "Exhaustive.h"
#include "RandomSharding.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>

using namespace mpc;

static ShardingResult solve(const ShardingProblem &problem, double seconds = 2,
                            int threads = 1) {
  ShardingOptions options;
  options.timeLimit = seconds;
  options.threads = threads;
  return solveSharding(problem, options);
}

static void expectConsistent(const ShardingProblem &problem,
                             const ShardingResult &result) {
  ASSERT_TRUE(result.feasible);
  ShardingValue value = llvm::cantFail(problem.evaluate(result.solution));
  EXPECT_TRUE(value.cost == result.value.cost);
  EXPECT_EQ(value.peakUsage, result.value.peakUsage);
  EXPECT_TRUE(problem.fits(value));
  EXPECT_TRUE(result.lowerBound <= result.value.cost);
}

TEST(ShardingSolver, AgreesWithExhaustiveSearch) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    RandomSharding shape;
    shape.nodes = 1 + int(seed % 8);
    shape.edgesPerNode = 1 + 0.2 * (seed % 5);
    shape.tightness = 0.05 * (seed % 12);
    shape.forbidden = 0.1 * (seed % 6);
    ShardingProblem problem = randomSharding(shape, 1000 + seed);
    ShardingResult result = solve(problem);
    expectConsistent(problem, result);
    WideCost optimum = *exhaustiveOptimum(problem);
    EXPECT_TRUE(result.lowerBound <= optimum) << "seed " << seed;
    bool avoidable = optimum < WideCost(100'000'000'000'000'000);
    if (avoidable) {
      EXPECT_EQ(toString(result.value.cost), toString(optimum))
          << "seed " << seed;
      EXPECT_TRUE(result.optimal()) << "seed " << seed;
    } else if (result.optimal()) {
      EXPECT_EQ(toString(result.value.cost), toString(optimum))
          << "seed " << seed;
    } else {
      EXPECT_TRUE(result.value.cost >= optimum);
    }
    EXPECT_LT(result.seconds, 2.5);
  }
}

TEST(ShardingSolver, SaysWhenNothingFits) {
  ShardingProblem problem = randomSharding({}, 3);
  problem.usageLimit =
      llvm::cantFail(problem.evaluate(problem.leastUsage())).peakUsage - 1;
  ShardingResult result = solve(problem);
  EXPECT_FALSE(result.feasible);
  EXPECT_TRUE(result.solution.empty());
}

TEST(ShardingSolver, SolvesTheEmptyProblem) {
  ShardingResult result = solve(ShardingProblem());
  EXPECT_TRUE(result.optimal());
  EXPECT_TRUE(result.value.cost == 0);
}

/// Cheap pairs do not fit, others are forbidden: memory alone rules out what
/// the reductions would keep.
TEST(ShardingSolver, MemoryMayLeaveOnlyForbiddenPairs) {
  constexpr std::int64_t never = 1'000'000'000'000'000'000;
  ShardingProblem problem;
  for (int n = 0; n < 4; ++n)
    problem.addNode({0, 1}, {1, 2}, {n % 2 ? 8 : 2, n % 2 ? 2 : 8});
  for (int n = 0; n < 4; ++n)
    problem.addEdge(n, (n + 1) % 4, {0, never + n, never + n, 0});
  problem.usageLimit = 19;
  ShardingResult result = solve(problem);
  expectConsistent(problem, result);
  EXPECT_EQ(toString(result.value.cost), toString(*exhaustiveOptimum(problem)));
}

TEST(ShardingSolver, ObeysShortLimits) {
  RandomSharding shape;
  shape.nodes = 20000;
  shape.strategies = 10;
  ShardingProblem problem = randomSharding(shape, 9);
  for (double limit : {0.001, 0.05, 0.2}) {
    ShardingResult result = solve(problem, limit, 2);
    expectConsistent(problem, result);
    EXPECT_LT(result.seconds, limit + 1);
  }
}

/// What one stage of a network gives: some hundreds of nodes.
TEST(ShardingSolver, ProvesSomeHundredsOfNodes) {
  for (double tightness : {0.3, 1.0})
    for (unsigned seed = 0; seed < 5; ++seed) {
      RandomSharding shape;
      shape.nodes = 300;
      shape.strategies = 8;
      shape.functional = 0.6;
      shape.forbidden = 0.02;
      shape.edgesPerNode = 1.2;
      shape.tightness = tightness;
      ShardingProblem problem = randomSharding(shape, seed);
      ShardingResult result = solve(problem, 10);
      expectConsistent(problem, result);
      EXPECT_TRUE(result.optimal()) << "gap " << result.gap();
    }
}

TEST(ShardingSolver, NegativeCosts) {
  ShardingProblem problem;
  problem.addNode({0, 1}, {-5, 3}, {9, 1});
  problem.addNode({0, 1}, {2, -1}, {1, 4});
  problem.addEdge(0, 1, {4, -7, 0, -20});
  problem.usageLimit = 12;
  ShardingResult result = solve(problem);
  EXPECT_EQ(toString(result.value.cost), toString(*exhaustiveOptimum(problem)));
  EXPECT_TRUE(result.optimal());
}

TEST(ShardingSolver, MoreMemoryNeverCostsMore) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    RandomSharding shape;
    shape.nodes = 14;
    shape.forbidden = shape.functional = 0.03;
    WideCost last = -1;
    for (double tightness : {0.05, 0.2, 0.5, 1.0}) {
      shape.tightness = tightness;
      ShardingResult result = solve(randomSharding(shape, seed));
      if (last >= 0 && result.optimal()) {
        EXPECT_TRUE(result.value.cost <= last) << "seed " << seed;
      }
      if (result.optimal())
        last = result.value.cost;
    }
    EXPECT_GE(last, 0);
  }
}

TEST(ShardingSolver, KeepsPins) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    RandomSharding shape;
    shape.nodes = 12;
    shape.forbidden = 0;
    shape.functional = 0;
    ShardingProblem free = randomSharding(shape, seed), pinned;
    // A pin is a node whose other strategies are forbidden.
    for (std::size_t n = 0; n < free.nodeCount(); ++n) {
      std::vector<std::int64_t> costs = free.nodeCosts[n].vec();
      if (n % 3 == 0)
        for (std::size_t s = 0; s + 1 < costs.size(); ++s)
          costs[s] = 1'000'000'000'000'000'000;
      pinned.addNode(free.intervals[n], costs, free.nodeUsages[n]);
    }
    for (std::size_t e = 0; e < free.edges.size(); ++e)
      pinned.addEdge(free.edges[e].first, free.edges[e].second,
                     free.edgeCosts[e]);
    ShardingResult result = solve(pinned);
    for (std::size_t n = 0; n < free.nodeCount(); n += 3)
      EXPECT_EQ(result.solution[n], std::int32_t(free.strategies(n)) - 1);
  }
}

TEST(ShardingSolver, RelabellingChangesNoOptimum) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    RandomSharding shape;
    shape.nodes = 16;
    shape.forbidden = shape.functional = 0.03;
    shape.tightness = 0.1;
    ShardingProblem problem = randomSharding(shape, seed);
    std::vector<int> order(problem.nodeCount());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    ShardingResult one = solve(problem), two = solve(relabel(problem, order));
    EXPECT_TRUE(one.optimal() && two.optimal()) << "seed " << seed;
    EXPECT_EQ(toString(one.value.cost), toString(two.value.cost))
        << "seed " << seed;
  }
}

TEST(ShardingSolver, TwoThreadsObserveImprovementsInOrder) {
  RandomSharding shape;
  shape.nodes = 200;
  shape.strategies = 8;
  shape.forbidden = 0.02;
  shape.functional = 0;
  ShardingProblem problem = randomSharding(shape, 5);
  ShardingOptions options;
  options.timeLimit = 1;
  options.threads = 3;
  std::vector<WideCost> costs;
  options.onImprovement = [&](double, const ShardingSolution &solution,
                              const ShardingValue &value) {
    EXPECT_TRUE(llvm::cantFail(problem.evaluate(solution)).cost == value.cost);
    EXPECT_TRUE(costs.empty() || value.cost < costs.back());
    costs.push_back(value.cost);
  };
  ShardingResult result = solveSharding(problem, options);
  expectConsistent(problem, result);
  ASSERT_FALSE(costs.empty());
  EXPECT_TRUE(costs.back() == result.value.cost);
  EXPECT_LT(result.seconds, 2);
}

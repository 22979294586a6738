#include "Exhaustive.h"
#include "RandomSharding.h"
#include <gtest/gtest.h>

using namespace mpc;

TEST(Simplify, KeepsAnOptimalSolution) {
  int reducedCount = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    RandomSharding shape;
    shape.nodes = 3 + int(seed % 5);
    shape.tightness = 0.1 * (seed % 8);
    shape.functional = 0.1 * (seed % 4);
    ShardingProblem problem = randomSharding(shape, seed);
    auto optimum = exhaustiveOptimum(problem);
    ASSERT_TRUE(optimum);
    auto reduced = simplify(problem, false, 10);
    if (!reduced) {
      EXPECT_GE(*optimum, WideCost(100'000'000'000'000'000)) << "seed " << seed;
      continue;
    }
    ++reducedCount;
    auto least = exhaustiveOptimum(*reduced);
    if (*optimum >= WideCost(100'000'000'000'000'000)) {
      EXPECT_TRUE(!least || *least >= reduced->forbidden) << "seed " << seed;
      continue;
    }
    ASSERT_TRUE(least) << "seed " << seed;
    EXPECT_EQ(*least, double(*optimum)) << "seed " << seed;
  }
  EXPECT_GT(reducedCount, 400);
}

TEST(Simplify, StaysExactWithoutTime) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomSharding shape;
    shape.nodes = 6;
    shape.functional = 0.3;
    ShardingProblem problem = randomSharding(shape, seed);
    auto optimum = exhaustiveOptimum(problem);
    auto reduced = simplify(problem, false, /*seconds=*/0);
    if (!reduced || *optimum >= WideCost(100'000'000'000'000'000))
      continue;
    EXPECT_EQ(*exhaustiveOptimum(*reduced), double(*optimum))
        << "seed " << seed;
  }
}

TEST(Simplify, GivesUpAtTheDeadline) {
  RandomSharding shape;
  shape.forbidden = 0;
  ShardingProblem problem = randomSharding(shape, 1);
  EXPECT_TRUE(simplify(problem, false, 10));
  EXPECT_FALSE(simplify(problem, false, 10, std::chrono::steady_clock::now()));
}

TEST(Simplify, ExpandedSolutionsCostAndNeedWhatTheReducedOnesDo) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomSharding shape;
    shape.nodes = 8;
    shape.tightness = 0.5;
    ShardingProblem problem = randomSharding(shape, seed);
    auto reduced = simplify(problem, false, 10);
    if (!reduced)
      continue;
    std::mt19937 random(seed);
    Assignment assignment;
    for (int v = 0; v < reduced->size(); ++v)
      assignment.push_back(int(random() % reduced->domain(v)));
    ShardingValue value =
        llvm::cantFail(problem.evaluate(reduced->expand(assignment)));
    // Reduction forbids pairs that are never needed, so it may only cost more.
    if (reduced->cost(assignment) < reduced->forbidden) {
      EXPECT_EQ(reduced->cost(assignment), double(value.cost))
          << "seed " << seed;
    }
  }
}

TEST(Simplify, SoftCostsNeverExceedTrueOnes) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    RandomSharding shape;
    shape.nodes = 5;
    shape.forbidden = 0.6;
    ShardingProblem problem = randomSharding(shape, seed);
    auto soft = simplify(problem, true, 10);
    ASSERT_TRUE(soft);
    EXPECT_LE(*exhaustiveOptimum(*soft), double(*exhaustiveOptimum(problem)));
  }
}

#include "mpc/Planner/ShardingProblem.h"
#include <gtest/gtest.h>

using namespace mpc;

/// The example of the header.
static ShardingProblem twoNodes() {
  ShardingProblem p;
  p.addNode({0, 5}, {1, 4}, {8, 2});
  p.addNode({3, 7}, {0, 0}, {8, 2});
  p.addEdge(0, 1, {0, 9, 9, 0});
  p.usageLimit = 10;
  return p;
}

static std::string errorOf(const ShardingProblem &p) {
  return llvm::toString(p.check());
}

TEST(ShardingProblem, EvaluatesCostAndPeak) {
  ShardingProblem p = twoNodes();
  ASSERT_EQ(errorOf(p), "");
  ShardingValue both = llvm::cantFail(p.evaluate({0, 0}));
  EXPECT_EQ(toString(both.cost), "1");
  EXPECT_EQ(both.peakUsage, 16);
  EXPECT_FALSE(p.fits(both));
  ShardingValue mixed = llvm::cantFail(p.evaluate({0, 1}));
  EXPECT_EQ(toString(mixed.cost), "10");
  EXPECT_TRUE(p.fits(mixed));
}

TEST(ShardingProblem, IntervalsAreHalfOpen) {
  ShardingProblem p;
  p.addNode({0, 3}, {0}, {5});
  p.addNode({3, 4}, {0}, {7});
  p.addNode({2, 2}, {0}, {100});
  EXPECT_EQ(llvm::cantFail(p.evaluate({0, 0, 0})).peakUsage, 7);
}

TEST(ShardingProblem, SumsBeyond64Bits) {
  ShardingProblem p;
  for (int i = 0; i < 30; ++i)
    p.addNode({0, 0}, {1'000'000'000'000'000'000}, {0});
  EXPECT_EQ(toString(llvm::cantFail(p.evaluate(ShardingSolution(30, 0))).cost),
            "30000000000000000000");
  EXPECT_EQ(toString(WideCost(-120)), "-120");
}

TEST(ShardingProblem, EdgeWithinANodeUsesTheDiagonal) {
  ShardingProblem p;
  p.addNode({0, 1}, {0, 0}, {0, 0});
  p.addEdge(0, 0, {1, 50, 60, 2});
  EXPECT_EQ(toString(llvm::cantFail(p.evaluate({1})).cost), "2");
}

TEST(ShardingProblem, LeastUsagePrefersCheapAmongEquals) {
  ShardingProblem p;
  p.addNode({0, 1}, {5, 3, 9}, {4, 4, 8});
  p.addNode({1, 1}, {5, 3, 1}, {4, 4, 8}); // never live: usage is nothing
  EXPECT_EQ(p.leastUsage(), (ShardingSolution{1, 2}));
}

TEST(ShardingProblem, CheckNamesThePlace) {
  ShardingProblem p = twoNodes();
  p.addNode({5, 4}, {1}, {1});
  EXPECT_EQ(errorOf(p), "node 2: interval [5, 4) ends before it begins");
  p = twoNodes();
  p.addNode({0, 1}, {1, 2}, {1});
  EXPECT_EQ(errorOf(p),
            "node 2: expected 2 usages, one for each cost, found 1");
  p = twoNodes();
  p.addNode({0, 1}, {}, {});
  EXPECT_EQ(errorOf(p), "node 2: no strategies");
  p = twoNodes();
  p.addNode({0, 1}, {1}, {-1});
  EXPECT_EQ(errorOf(p), "node 2: usage -1 is negative");
  p = twoNodes();
  p.addEdge(0, 2, {1});
  EXPECT_EQ(errorOf(p), "edge 1: no node 2 among 2 nodes");
  p = twoNodes();
  p.addEdge(0, 1, {1});
  EXPECT_EQ(errorOf(p), "edge 1: expected 2 x 2 = 4 costs, found 1");
  p = twoNodes();
  p.addNode({0, 1}, {0, 0}, {INT64_MAX, 1});
  EXPECT_EQ(errorOf(p), "node 2: the usages up to here sum to more than 4e18");
}

TEST(ShardingProblem, EvaluateNamesTheBadIndex) {
  ShardingProblem p = twoNodes();
  EXPECT_EQ(llvm::toString(p.evaluate({0}).takeError()),
            "expected 2 strategies, one for each node, found 1");
  EXPECT_EQ(llvm::toString(p.evaluate({0, 2}).takeError()),
            "node 1: no strategy 2 among 2");
}

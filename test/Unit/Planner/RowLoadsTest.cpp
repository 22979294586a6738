#include "RandomSharding.h"
#include "mpc/Planner/SearchState.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpc;

/// A problem whose time has hundreds of segments, so that blocks matter.
static ShardingProblem longProblem(unsigned seed) {
  std::mt19937 random(seed);
  ShardingProblem p;
  for (int n = 0; n < 300; ++n) {
    std::int64_t begin = random() % 1000,
                 length = 1 + random() % (n % 5 ? 20 : 700);
    p.addNode(
        {begin, begin + length}, {5, 3, 0},
        {0, std::int64_t(random() % 50), std::int64_t(50 + random() % 50)});
    if (n > 0)
      p.addEdge(n - 1, n, {0, 7, 9, 7, 0, 3, 9, 3, 0});
  }
  p.usageLimit = 900;
  return p;
}

TEST(RowLoads, MovesAgreeWithAFreshSum) {
  ShardingProblem p = longProblem(1);
  auto reduced = simplify(p, false, 10);
  ASSERT_TRUE(reduced && reduced->rows() > 64);
  SearchState state(*reduced);
  std::mt19937 random(2);
  for (int i = 0; i < 3000; ++i) {
    int v = int(random() % reduced->size()),
        y = int(random() % reduced->domain(v));
    bool fits = state.fits(v, y);
    RowLoads fresh(*reduced);
    if (i % 50 == 0) {
      Assignment next = state.assignment();
      next[v] = y;
      fresh.assign(next);
      // With all rows feasible, a change fits exactly if the result does.
      if (state.feasible()) {
        EXPECT_EQ(fits, fresh.feasible());
      }
    }
    state.move(v, y);
    if (i % 50 == 0) {
      for (int row = 0; row < reduced->rows(); ++row)
        ASSERT_EQ(fresh.room(row), state.loads().room(row));
      EXPECT_EQ(fresh.leastRoom(), state.loads().leastRoom());
      EXPECT_NEAR(state.cost(), reduced->cost(state.assignment()), 1e-6);
    }
  }
}

TEST(SearchState, UndoRestoresEverything) {
  auto reduced = simplify(longProblem(3), false, 10);
  SearchState state(*reduced);
  Assignment before = state.assignment();
  double cost = state.cost();
  std::int64_t room = state.loads().leastRoom();
  std::mt19937 random(4);
  for (int i = 0; i < 100; ++i) {
    int v = int(random() % reduced->size());
    state.move(v, int(random() % reduced->domain(v)));
  }
  state.undo();
  EXPECT_EQ(state.assignment(), before);
  EXPECT_NEAR(state.cost(), cost, 1e-6);
  EXPECT_EQ(state.loads().leastRoom(), room);
}

TEST(SearchState, RepairMakesItFitAndPolishKeepsItSo) {
  auto reduced = simplify(longProblem(5), false, 10);
  SearchState state(*reduced);
  Assignment greedy;
  for (int v = 0; v < reduced->size(); ++v)
    greedy.push_back(reduced->domain(v) - 1);
  state.assign(greedy);
  ASSERT_FALSE(state.feasible());
  ASSERT_TRUE(state.repair(100000, 1e300));
  EXPECT_TRUE(state.feasible());
  double repaired = state.cost();
  state.polishAll();
  EXPECT_TRUE(state.feasible());
  EXPECT_LE(state.cost(), repaired);
}

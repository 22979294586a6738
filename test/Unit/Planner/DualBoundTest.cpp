#include "Exhaustive.h"
#include "RandomSharding.h"
#include "mpc/Planner/BranchAndBound.h"
#include <gtest/gtest.h>

using namespace mpc;

static std::unique_ptr<ReducedProblem> someProblem(unsigned seed) {
  RandomSharding shape;
  shape.nodes = 8;
  shape.edgesPerNode = 1.8;
  shape.tightness = 0.15;
  shape.forbidden = shape.functional = 0.03;
  return simplify(randomSharding(shape, seed), false, 10);
}

TEST(DualBound, NeverExceedsTheOptimumAtAnyPrices) {
  int positive = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    auto p = someProblem(seed);
    if (!p || p->size() == 0)
      continue;
    auto optimum = exhaustiveOptimum(*p);
    if (!optimum)
      continue;
    std::mt19937 random(seed);
    DualBound dual(*p);
    double last = -1e300;
    for (int trial = 0; trial < 5; ++trial) {
      RowPrices prices(*p);
      for (double &price : prices.price)
        price = random() % 2 ? 0 : double(random() % 100) / 100;
      prices.refresh();
      dual.setPrices(prices);
      for (int i = 0; i < 5; ++i) {
        last = dual.sweep();
        EXPECT_LE(last, *optimum) << "seed " << seed;
        EXPECT_LE(dual.marginalBase(), last + 1e-6);
      }
    }
    positive += last > p->constant;
  }
  EXPECT_GT(positive, 20);
}

TEST(DualBound, MarginalsAreBounds) {
  for (unsigned seed = 0; seed < 150; ++seed) {
    auto p = someProblem(seed);
    if (!p || p->size() == 0)
      continue;
    DualBound dual(*p);
    for (int i = 0; i < 4; ++i)
      dual.sweep();
    std::vector<double> best(p->unary.size(), 1e300);
    std::vector<int> sizes;
    for (int v = 0; v < p->size(); ++v)
      sizes.push_back(p->domain(v));
    forEachCombination(sizes, [&](const Assignment &a) {
      double cost = p->cost(a);
      for (int v = 0; v < p->size(); ++v)
        best[p->valueOffset[v] + a[v]] =
            std::min(best[p->valueOffset[v] + a[v]], cost);
    });
    for (int v = 0; v < p->size(); ++v) {
      auto belief = dual.belief(v);
      double least = *std::min_element(belief.begin(), belief.end());
      for (int y = 0; y < p->domain(v); ++y)
        EXPECT_LE(dual.marginalBase() + belief[y] - least,
                  best[p->valueOffset[v] + y] + 1e-6)
            << "seed " << seed;
    }
  }
}

TEST(BranchAndBound, FindsTheOptimumAlone) {
  int split = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    auto p = someProblem(seed);
    if (!p || p->size() == 0)
      continue;
    auto optimum = exhaustiveOptimum(*p);
    PriceAscent ascent(*p);
    ascent.step(/*target=*/1e300);
    // Without memory for open subproblems it goes depth first.
    std::size_t memory = seed % 2 ? 0 : 1 << 20;
    BranchAndBound tree(*p, ascent, [] { return false; }, memory);
    RowLoads loads(*p);
    double best = p->forbidden;
    int steps = 0;
    for (; !tree.finished() && steps < 5000; ++steps) {
      if (optimum) {
        EXPECT_LE(std::min(tree.bound(), best), *optimum) << "seed " << seed;
      }
      tree.step(best, [&](const Assignment &a) {
        loads.assign(a);
        if (loads.feasible())
          best = std::min(best, p->cost(a));
      });
    }
    ASSERT_TRUE(tree.finished()) << "seed " << seed;
    split += steps > 1;
    if (optimum) {
      EXPECT_EQ(best, std::min(*optimum, p->forbidden)) << "seed " << seed;
    }
  }
  EXPECT_GT(split, 5);
}

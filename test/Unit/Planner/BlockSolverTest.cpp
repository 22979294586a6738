#include "mpc/Planner/BlockSolver.h"
#include "Exhaustive.h"
#include "RandomSharding.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpc;

static std::unique_ptr<ReducedProblem> someProblem(unsigned seed) {
  RandomSharding shape;
  shape.nodes = 9;
  shape.edgesPerNode = 2;
  shape.functional = 0;
  shape.forbidden = 0;
  shape.tightness = 0.2;
  return simplify(randomSharding(shape, seed), false, 10);
}

static std::vector<double> randomUnary(const ReducedProblem &p, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<double> unary = p.unary;
  for (double &cost : unary)
    cost += double(random() % 40);
  return unary;
}

static double pricedCost(const ReducedProblem &p,
                         const std::vector<double> &unary,
                         const Assignment &assignment) {
  double sum = p.cost(assignment);
  for (int v = 0; v < p.size(); ++v)
    sum +=
        unary[p.valueOffset[v] + assignment[v]] - p.unaryOf(v)[assignment[v]];
  return sum;
}

TEST(BlockSolver, FreeVariablesAreOptimalGivenTheHeldOnes) {
  int held = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    auto p = someProblem(seed);
    if (p->size() < 2)
      continue;
    auto unary = randomUnary(*p, seed);
    BlockSolver solver(*p);
    Random random(seed);
    std::vector<int> all(p->size());
    std::iota(all.begin(), all.end(), 0);
    if (seed % 3 == 0)
      all.resize(all.size() / 2 + 1);
    BlockPlan plan = solver.plan(all, seed % 2 ? 1e6 : 12, 1e9, random);
    held += int(all.size() - plan.order.size());
    Assignment assignment(p->size(), 1), start = assignment;
    solver.load(plan, assignment);
    solver.solve(plan, unary, assignment);

    std::vector<int> sizes(p->size(), 1);
    for (int v : plan.order)
      sizes[v] = p->domain(v);
    double best = 1e300;
    forEachCombination(sizes, [&](Assignment candidate) {
      for (int v = 0; v < p->size(); ++v)
        if (sizes[v] == 1)
          candidate[v] = start[v];
      best = std::min(best, pricedCost(*p, unary, candidate));
    });
    EXPECT_NEAR(pricedCost(*p, unary, assignment), best, 1e-6)
        << "seed " << seed;
  }
  EXPECT_GT(held, 0);
}

TEST(BlockSolver, RestrictionsAreKept) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    auto p = someProblem(seed);
    if (p->size() < 3)
      continue;
    BlockSolver solver(*p);
    Random random(seed);
    std::vector<int> all(p->size());
    std::iota(all.begin(), all.end(), 0);
    Assignment a(p->size(), 0), b(p->size(), 1), mixed = a;
    for (int v : all)
      solver.restrict(v, {0, 1});
    BlockPlan plan = solver.plan(all, 1e6, 1e9, random);
    solver.load(plan, mixed);
    solver.solve(plan, p->unary, mixed);
    double best = 1e300;
    forEachCombination(std::vector<int>(p->size(), 2),
                       [&](const Assignment &candidate) {
                         best = std::min(best, p->cost(candidate));
                       });
    EXPECT_NEAR(p->cost(mixed), best, 1e-6) << "seed " << seed;
  }
}

#include "../../../lib/Planner/FeasibleStart.h"
#include "RandomSharding.h"
#include <gtest/gtest.h>

using namespace mpc;

/// The limit is less than what a random assignment needs; least usage at every
/// variable means nothing, for each trades some rows against others.
TEST(FeasibleStart, FindsWhatFits) {
  int searched = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 values(seed);
    ShardingProblem problem;
    ShardingSolution solution;
    for (int v = 0; v < 30; ++v) {
      solution.insert(solution.end(), 3, std::int32_t(values() % 3));
      for (int part = 0; part < 3; ++part) {
        std::int64_t begin = values() % 20, end = begin + 1 + values() % 6;
        std::int64_t a = values() % 50, b = values() % 50, c = values() % 50;
        problem.addNode({begin, end}, {0, 0, 0}, {a, b, c});
      }
      constexpr std::int64_t never = 1'000'000'000'000'000'000;
      for (int part = 1; part < 3; ++part)
        problem.addEdge(3 * v, 3 * v + part,
                        {0, never, never, never, 0, never, never, never, 0});
    }
    problem.usageLimit =
        llvm::cantFail(problem.evaluate(solution)).peakUsage * 8 / 10;
    auto reduced = simplify(problem, false, 0);
    if (!reduced || reduced->size() == 0)
      continue;
    Random random(seed);
    Assignment assignment(reduced->size(), 0);
    RowLoads loads(*reduced);
    loads.assign(assignment);
    searched += !loads.feasible();
    ASSERT_TRUE(FeasibleStart(*reduced, random)
                    .run(assignment, std::chrono::steady_clock::now() +
                                         std::chrono::seconds(10)));
    loads.assign(assignment);
    EXPECT_TRUE(loads.feasible()) << "seed " << seed;
  }
  EXPECT_GT(searched, 20);
}

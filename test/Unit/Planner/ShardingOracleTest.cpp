//===- ShardingOracleTest.cpp - Against a mixed-integer solver ------------===//
#include "RandomSharding.h"
#include "mpc/Planner/ShardingSolver.h"
#include <cmath>
#include <coin/Cbc_C_Interface.h>
#include <gtest/gtest.h>
#include <set>

using namespace mpc;

namespace {

/// The textbook model: a binary for each strategy, a continuous variable for
/// each allowed pair, marginals that tie them, and a row for each time.
class MixedIntegerModel {
public:
  explicit MixedIntegerModel(const ShardingProblem &problem)
      : problem(problem) {
    Cbc_setLogLevel(model, 0);
    addNodes();
    for (std::size_t e = 0; e < problem.edges.size(); ++e)
      addEdge(e);
    addMemory();
  }
  ~MixedIntegerModel() { Cbc_deleteModel(model); }

  /// Nothing where every solution takes a forbidden pair.
  std::optional<double> solve() {
    Cbc_solve(model);
    if (!Cbc_isProvenOptimal(model))
      return std::nullopt;
    return Cbc_getObjValue(model);
  }

private:
  static constexpr std::int64_t forbidden = 100'000'000'000'000'000;

  int addColumn(std::int64_t cost, bool integer) {
    bool allowed = cost < forbidden;
    Cbc_addCol(model, "", 0, allowed, allowed ? double(cost) : 0, integer, 0,
               nullptr, nullptr);
    return columns++;
  }
  void addRow(const std::vector<int> &index, const std::vector<double> &value,
              char sense, double right) {
    Cbc_addRow(model, "", int(index.size()), index.data(), value.data(), sense,
               right);
  }
  void addNodes() {
    for (std::size_t n = 0; n < problem.nodeCount(); ++n) {
      first.push_back(columns);
      std::vector<int> index;
      for (std::int64_t cost : problem.nodeCosts[n])
        index.push_back(addColumn(cost, true));
      addRow(index, std::vector<double>(index.size(), 1), 'E', 1);
    }
  }
  void addEdge(std::size_t e) {
    auto [a, b] = problem.edges[e];
    int rows = int(problem.strategies(a)), width = int(problem.strategies(b));
    int base = columns;
    for (int i = 0; i < rows * width; ++i) {
      bool offDiagonal = a == b && i / width != i % width;
      addColumn(offDiagonal ? forbidden : problem.edgeCosts[e][i], false);
    }
    for (int r = 0; r < rows; ++r) {
      std::vector<int> index = {first[a] + r};
      for (int c = 0; c < width; ++c)
        index.push_back(base + r * width + c);
      std::vector<double> value(index.size(), 1);
      value[0] = -1;
      addRow(index, value, 'E', 0);
    }
    for (int c = 0; c < width; ++c) {
      std::vector<int> index = {first[b] + c};
      for (int r = 0; r < rows; ++r)
        index.push_back(base + r * width + c);
      std::vector<double> value(index.size(), 1);
      value[0] = -1;
      addRow(index, value, 'E', 0);
    }
  }
  void addMemory() {
    std::set<std::int64_t> times;
    for (LiveInterval live : problem.intervals)
      times.insert(live.begin);
    for (std::int64_t time : times) {
      std::vector<int> index;
      std::vector<double> value;
      for (std::size_t n = 0; n < problem.nodeCount(); ++n)
        if (problem.intervals[n].begin <= time &&
            time < problem.intervals[n].end)
          for (std::size_t s = 0; s < problem.strategies(n); ++s) {
            index.push_back(first[n] + int(s));
            value.push_back(double(problem.nodeUsages[n][s]));
          }
      if (!index.empty())
        addRow(index, value, 'L', double(*problem.usageLimit));
    }
  }

  const ShardingProblem &problem;
  Cbc_Model *model = Cbc_newModel();
  int columns = 0;
  std::vector<int> first;
};

} // namespace

TEST(ShardingOracle, AgreesWithMixedIntegerProgramming) {
  int compared = 0, tight = 0, proved = 0;
  for (unsigned seed = 0; seed < 500; ++seed) {
    RandomSharding shape;
    shape.nodes = 8 + int(seed % 9);
    shape.strategies = 3 + int(seed % 3);
    shape.edgesPerNode = 1.0 + 0.15 * (seed % 4);
    shape.tightness = 0.02 + 0.05 * (seed % 5);
    shape.forbidden = shape.functional = 0.02;
    ShardingProblem problem = randomSharding(shape, seed);
    auto optimum = MixedIntegerModel(problem).solve();
    if (!optimum)
      continue;
    ++compared;
    ShardingOptions options;
    options.timeLimit = 1;
    options.threads = 1;
    ShardingResult result = solveSharding(problem, options);
    ASSERT_TRUE(result.feasible);
    EXPECT_LE(double(result.lowerBound), *optimum + 1e-4) << "seed " << seed;
    EXPECT_NEAR(double(result.value.cost), *optimum, 1e-4) << "seed " << seed;
    proved += result.optimal();
    problem.usageLimit.reset();
    tight +=
        double(solveSharding(problem, options).value.cost) < *optimum - 0.5;
  }
  // The test means something only where memory binds in most problems.
  EXPECT_GT(compared, 450);
  EXPECT_GT(tight, 250);
  EXPECT_GT(proved, compared * 99 / 100);
}

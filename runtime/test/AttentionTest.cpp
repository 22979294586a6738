//===- AttentionTest.cpp - Attention against its definition ---------------===//
//
// On the stand-in for the driver and for cuDNN, which works late.
//
//===----------------------------------------------------------------------===//
#include "AttentionRunner.h"
#include "CUDAStandin.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

/// Results are a few roundings from the definition's; what is no result stays
/// as it was, also between the rows of one.
void expectClose(const AttentionValues &results,
                 const AttentionValues &expected) {
  for (size_t i = 0; i < expected.size(); ++i)
    for (size_t j = 0; j < expected[i].size(); ++j)
      ASSERT_NEAR(results[i][j], expected[i][j],
                  0.015 + 0.01 * std::fabs(expected[i][j]))
          << "buffer " << i << ", element " << j;
}

/// Inputs of a gradient: the output and log-sum-exps of its attention.
AttentionValues inputsOf(const AttentionProblem &problem, uint64_t seed) {
  AttentionValues values = randomValues(problem, seed);
  if (problem.desc.gradient) {
    AttentionProblem forward = problem;
    forward.desc.gradient = 0;
    computeAttention(forward, values);
  }
  return values;
}

void expectDefinition(const AttentionProblem &problem, uint64_t seed) {
  standin::reset(seed);
  AttentionRunner runner(problem, {problem.launch()});
  AttentionValues values = inputsOf(problem, seed);
  TestSession session(forStandin(runner.manifest, {}));
  AttentionValues results = runner.run(session, values);
  computeAttention(problem, values);
  expectClose(results, values);
  EXPECT_EQ(session.counters(0).attentions, 1);
}

struct Case {
  const char *name;
  AttentionProblem problem;
};
void PrintTo(const Case &which, std::ostream *out) { *out << which.name; }

std::vector<Case> cases() {
  auto dense = [](AttentionSizes sizes, bool isCausal) {
    return AttentionProblem::dense(sizes, isCausal);
  };
  std::vector<Case> list = {
      {"plain", dense({2, 5, 7, 2, 2, 8, 8}, false)},
      {"causal", dense({2, 6, 6, 2, 2, 8, 8}, true)},
      {"one_row", dense({1, 1, 9, 2, 2, 8, 8}, false)},
      {"grouped_heads", dense({2, 6, 6, 4, 2, 8, 8}, true)},
      {"one_shared_head", dense({1, 5, 4, 6, 1, 16, 8}, false)},
      {"wide_values", dense({2, 6, 6, 2, 2, 8, 24}, true)},
      {"odd_heads_need_more_workspace", dense({2, 6, 6, 3, 3, 8, 8}, true)},
      {"packed", AttentionProblem::packed(2, 6, 4, 8, true)},
      {"packed_all_keys", AttentionProblem::packed(1, 7, 2, 16, false)},
  };
  AttentionProblem half = dense({2, 6, 6, 2, 2, 8, 8}, true);
  half.desc.dtype = MPCRT_F16;
  list.push_back({"f16", half});
  AttentionProblem silent = dense({2, 6, 6, 2, 2, 8, 8}, true);
  silent.desc.has_lse = 0;
  list.push_back({"without_log_sum_exps", silent});
  return list;
}

class Attention : public testing::TestWithParam<Case> {};

TEST_P(Attention, equalsItsDefinition) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    expectDefinition(GetParam().problem, seed);
}

TEST_P(Attention, hasItsGradient) {
  for (uint64_t seed = 0; seed < 10; ++seed)
    expectDefinition(GetParam().problem.gradient(), seed);
}

INSTANTIATE_TEST_SUITE_P(Problems, Attention, testing::ValuesIn(cases()),
                         [](const auto &info) { return info.param.name; });

} // namespace

//===- AttentionTest.cpp - Attention against its definition ---------------===//
//
// On the stand-in for the driver and for cuDNN, which works late.
//
//===----------------------------------------------------------------------===//
#include "AttentionProblem.h"
#include "CUDAStandin.h"
#include "Setting.h"
#include "core/HalfFloat.h"
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

//===----------------------------------------------------------------------===//
// One launch
//===----------------------------------------------------------------------===//

/// Contents of a buffer as the device has them: f32 of log-sum-exps, else the
/// attention's type.
std::vector<char> bytesOf(const std::vector<float> &values, int32_t dtype) {
  std::vector<char> bytes(values.size() * (dtype == MPCRT_F32 ? 4 : 2));
  if (dtype == MPCRT_F32)
    std::memcpy(bytes.data(), values.data(), bytes.size());
  for (size_t i = 0; dtype != MPCRT_F32 && i < values.size(); ++i) {
    uint16_t bits = dtype == MPCRT_BF16 ? BF16::fromFloat(values[i]).bits
                                        : F16::fromFloat(values[i]).bits;
    std::memcpy(&bytes[2 * i], &bits, sizeof bits);
  }
  return bytes;
}

std::vector<float> valuesOf(const std::vector<char> &bytes, int32_t dtype) {
  std::vector<float> values(bytes.size() / (dtype == MPCRT_F32 ? 4 : 2));
  if (dtype == MPCRT_F32)
    std::memcpy(values.data(), bytes.data(), bytes.size());
  for (size_t i = 0; dtype != MPCRT_F32 && i < values.size(); ++i) {
    uint16_t bits;
    std::memcpy(&bits, &bytes[2 * i], sizeof bits);
    values[i] =
        dtype == MPCRT_BF16 ? BF16{bits}.toFloat() : F16{bits}.toFloat();
  }
  return values;
}

const char *nameOf(int32_t dtype) {
  return dtype == MPCRT_F32 ? "f32" : dtype == MPCRT_BF16 ? "bf16" : "f16";
}

/// An executable that feeds all buffers, performs launches, and fetches all
/// buffers.
class Runner {
public:
  Runner(const AttentionProblem &problem, const std::vector<json> &launches,
         int64_t workspace)
      : types(attentionRoles, problem.desc.dtype) {
    types[AttentionLSE] = MPCRT_F32;
    std::vector<int64_t> elements = problem.bufferElements(), bytes, offsets;
    int64_t end = 0;
    json list = json::array();
    for (size_t i = 0; i < elements.size(); ++i) {
      bytes.push_back(elements[i] * (types[i] == MPCRT_F32 ? 4 : 2));
      offsets.push_back(end);
      end += (bytes.back() + 255) / 256 * 256;
      list.push_back(feed(i, i, {0}, {elements[i]}));
    }
    for (const json &launch : launches)
      list.push_back(launch);
    for (size_t i = 0; i < elements.size(); ++i)
      list.push_back(fetch(i, i, {0}, {elements[i]}));
    ManifestBuilder b(1, end + workspace, workspace);
    for (size_t i = 0; i < elements.size(); ++i) {
      b.input("in" + std::to_string(i), nameOf(types[i]), {elements[i]});
      b.output("out" + std::to_string(i), nameOf(types[i]), {elements[i]});
    }
    b.act(0, b.body(bytes, list), offsets, {0});
    manifest = forStandin(b.manifest, {});
  }

  AttentionValues run(TestSession &session, const AttentionValues &values) {
    std::vector<std::vector<char>> in, out;
    std::vector<mpcrt_buffer> inputs, outputs;
    for (size_t i = 0; i < values.size(); ++i) {
      in.push_back(bytesOf(values[i], types[i]));
      out.emplace_back(in.back().size());
    }
    for (size_t i = 0; i < values.size(); ++i) {
      inputs.push_back(bufferOf(in[i]));
      outputs.push_back(bufferOf(out[i]));
    }
    EXPECT_EQ(session.run(inputs, outputs).message, "");
    AttentionValues results;
    for (size_t i = 0; i < values.size(); ++i)
      results.push_back(valuesOf(out[i], types[i]));
    return results;
  }

  json manifest;

private:
  std::vector<int32_t> types;
};

int64_t estimateOf(const AttentionProblem &problem) {
  int64_t bytes = 0;
  EXPECT_EQ(
      Outcome(mpcrt_cuda_attention_workspace(&problem.desc, &bytes)).message,
      "");
  return bytes;
}

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
  Runner runner(problem, {problem.launch()}, estimateOf(problem));
  AttentionValues values = inputsOf(problem, seed);
  TestSession session(runner.manifest);
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

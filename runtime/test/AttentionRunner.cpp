//===- AttentionRunner.cpp - Executables of attentions --------------------===//
#include "AttentionRunner.h"
#include "core/HalfFloat.h"
#include <cstring>
#include <gtest/gtest.h>

namespace mpcrt::test {

int64_t attentionWorkspace(const AttentionProblem &problem) {
  int64_t bytes = 0;
  EXPECT_EQ(
      Outcome(mpcrt_cuda_attention_workspace(&problem.desc, &bytes)).message,
      "");
  return bytes;
}

/// Contents of a buffer as the device has them: f32 of log-sum-exps, else the
/// attention's type.
static std::vector<char> bytesOf(const std::vector<float> &values,
                                 int32_t dtype) {
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

static std::vector<float> valuesOf(const std::vector<char> &bytes,
                                   int32_t dtype) {
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

static const char *nameOf(int32_t dtype) {
  return dtype == MPCRT_F32 ? "f32" : dtype == MPCRT_BF16 ? "bf16" : "f16";
}

AttentionRunner::AttentionRunner(const AttentionProblem &problem,
                                 const std::vector<json> &launches)
    : types(attentionRoles, problem.desc.dtype) {
  int64_t workspace = attentionWorkspace(problem);
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
  manifest = b.manifest;
}

AttentionValues AttentionRunner::run(TestSession &session,
                                     const AttentionValues &values) {
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

} // namespace mpcrt::test

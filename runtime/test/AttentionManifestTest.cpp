//===- AttentionManifestTest.cpp - Attention launches that are wrong ------===//
#include "AttentionProblem.h"
#include "ManifestDamage.h"
#include "core/DType.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

/// A body with an attention of two heads that share a key, and its gradient.
json sample() {
  AttentionProblem forward =
      AttentionProblem::dense({2, 4, 4, 2, 1, 8, 16}, /*isCausal=*/true);
  std::vector<int64_t> bytes, offsets;
  int64_t end = 0;
  for (int64_t elements : forward.bufferElements()) {
    int64_t width = bytes.size() == AttentionLSE ? 4 : 2;
    bytes.push_back(elements * width);
    offsets.push_back(end);
    end += (bytes.back() + 63) / 64 * 64;
  }
  ManifestBuilder b(1, end);
  b.act(0, b.body(bytes, {forward.launch(), forward.gradient().launch()}),
        offsets);
  return b.manifest;
}

#define LAUNCH "/programs/0/bodies/0/launches/"
#define AT(number) "programs[0].bodies[0].launches[" #number "]"

TEST(AttentionManifest, namesThePlaceOfEveryDamage) {
  ASSERT_EQ(tryLoad(sample().dump()).message, "");
  const Damage damages[] = {
      {LAUNCH "0/dtype", "f32", AT(0) ".dtype: expected bf16 or f16"},
      {LAUNCH "0/causal", 1,
       AT(0) ".causal: expected true or false, found "
             "number"},
      {LAUNCH "0/scale", "big",
       AT(0) ".scale: expected a number, found "
             "string"},
      {LAUNCH "0/b", 0,
       AT(0) ".b: expected an integer from 1 to 9223372036854775807, found 0"},
      {LAUNCH "0/g", 3, AT(0) ".g: does not divide 'h', which is 2"},
      {LAUNCH "0/t", 5,
       AT(0) ".causal: needs as many keys as rows, found 's' 4 and 't' 5"},
      {LAUNCH "0/h", int64_t{1} << 60,
       AT(0) ": size 2305843009213693952 * 4 overflows"},
      {LAUNCH "0/q", 9, AT(0) ".q: there is no buffer 9, only 9"},
      {LAUNCH "0/q_strides",
       {64, 16, 1},
       AT(0) ".q_strides: expected 4 strides, found 3"},
      {LAUNCH "0/q_strides/3", 2,
       AT(0) ".q_strides: the last stride must be 1: a head's elements are "
             "dense"},
      {LAUNCH "0/q_strides/2", -8,
       AT(0) ".q_strides[2]: expected an integer from 0 to "
             "9223372036854775807, found -8"},
      {LAUNCH "0/q_strides/1", 24,
       AT(0) ".q: reaches byte 304 of buffer 0, which has 256"},
      {LAUNCH "0/v_offset", 1,
       AT(0) ".v: reaches byte 258 of buffer 2, which has 256"},
      {LAUNCH "0/o_strides/2", 0,
       AT(0) ".o_strides: a stride of 0 writes an element twice"},
      {LAUNCH "1/grad_k_strides/0", 0,
       AT(1) ".grad_k_strides: a stride of 0 writes an element twice"},
      {"/programs/0/bodies/0/buffers/8", 60,
       AT(0) ".lse: reaches byte 64 of buffer 8, which has 60"},
      {LAUNCH "0/grad_q", 0, AT(0) ": unknown field 'grad_q'"},
      {LAUNCH "0/k_offset", int64_t{1} << 62,
       AT(0) ": size 4611686018427387904 * 2 overflows"},
      {LAUNCH "0/lse_offset", 0, AT(0) ": unknown field 'lse_offset'"},
  };
  expectDamagesNamed(sample(), damages);
}

TEST(AttentionManifest, gradientsNeedTheLogSumExps) {
  json manifest = sample();
  manifest["programs"][0]["bodies"][0]["launches"][1].erase("lse");
  EXPECT_EQ(tryLoad(manifest.dump()).message, AT(1) ": field 'lse' is missing");
  manifest = sample();
  manifest["programs"][0]["bodies"][0]["launches"][0].erase("lse");
  EXPECT_EQ(tryLoad(manifest.dump()).message, "");
}

TEST(AttentionManifest, survivesRandomValues) {
  std::mt19937 random(1);
  for (int i = 0; i < 4000; ++i) {
    json manifest = sample();
    for (int n = random() % 3; n >= 0; --n)
      mutate(manifest, random);
    tryLoad(manifest.dump());
  }
}

TEST(AttentionManifest, isRefusedOnTheCPU) {
  std::string source = sample().dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .ok());
  mpcrt_session *session = nullptr;
  Outcome outcome(mpcrt_session_create(exe, nullptr, &session));
  EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(outcome.message,
            "target 'cpu' has no attention, of which this executable has 2 "
            "launches; compile the model for this target or with "
            "--attention=matmuls");
  mpcrt_executable_destroy(exe);
}

TEST(AttentionWorkspace, isOfTheProblem) {
  auto bytesOf = [](const mpcrt_attention_desc &desc) {
    int64_t bytes = -1;
    EXPECT_EQ(Outcome(mpcrt_cuda_attention_workspace(&desc, &bytes)).message,
              "");
    EXPECT_EQ(bytes % 256, 0);
    return bytes;
  };
  constexpr int64_t counters = 1024;
  // Scores of 100 x 100 are kept in tiles of 128 x 128, with sums of rows.
  constexpr int64_t heads = 8, scores = 128 * 128 * 2, sums = 100 * 4;
  AttentionProblem small =
      AttentionProblem::dense({2, 100, 100, 4, 4, 64, 32}, true);
  EXPECT_EQ(bytesOf(small.desc), counters);
  EXPECT_EQ(bytesOf(small.gradient().desc),
            (heads * (scores + sums) + counters + 255) / 256 * 256);
  AttentionProblem shared =
      AttentionProblem::dense({2, 100, 100, 4, 2, 64, 32}, true);
  EXPECT_EQ(bytesOf(shared.gradient().desc),
            (heads * (scores + sums + 100 * (64 + 32) * 2) + counters + 255) /
                256 * 256);
}

TEST(AttentionWorkspace, refusesWhatIsNoAttention) {
  AttentionProblem good = AttentionProblem::dense({1, 1, 1, 1, 1, 8, 8}, true);
  int64_t bytes = 0;
  auto error = [&](auto change) {
    mpcrt_attention_desc desc = good.desc;
    change(desc);
    Outcome outcome(mpcrt_cuda_attention_workspace(&desc, &bytes));
    EXPECT_EQ(outcome.code, MPCRT_INVALID_ARGUMENT);
    return outcome.message;
  };
  EXPECT_EQ(error([](auto &d) { d.dtype = MPCRT_F32; }),
            "an attention is of bf16 or f16");
  EXPECT_EQ(error([](auto &d) { d.t = 0; }), "an attention has a size below 1");
  EXPECT_EQ(Outcome(mpcrt_cuda_attention_workspace(nullptr, &bytes)).message,
            "argument 'desc' is NULL");
}

} // namespace

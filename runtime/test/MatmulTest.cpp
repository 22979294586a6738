//===- MatmulTest.cpp - Matmuls of every layout against a loop ------------===//
#include "CUDAStandin.h"
#include "MatmulLaunches.h"
#include "core/HalfFloat.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mpcrt::test;

namespace {

struct Case {
  const char *name;
  mpcrt_matmul_desc desc;
};

const Case cases[] = {
    {"plain", plain(7, 9, 5)},
    {"larger", plain(65, 130, 70)},
    {"a_transposed",
     with(plain(7, 9, 5), [](auto &d) { d.a_m = 1, d.a_k = 7; })},
    {"b_transposed",
     with(plain(7, 9, 5), [](auto &d) { d.b_k = 1, d.b_n = 5; })},
    {"both_transposed", with(plain(33, 20, 17),
                             [](auto &d) {
                               d.a_m = 1, d.a_k = 33;
                               d.b_k = 1, d.b_n = 17;
                             })},
    {"c_transposed",
     with(plain(7, 9, 5), [](auto &d) { d.c_m = 1, d.c_n = 7; })},
    {"c_transposed_bias", with(plain(7, 9, 5),
                               [](auto &d) {
                                 d.c_m = 1, d.c_n = 7;
                                 d.has_bias = 1, d.accumulate = 1;
                               })},
    {"padded_rows",
     with(plain(7, 9, 5), [](auto &d) { d.a_m = 8, d.b_k = 11, d.c_m = 12; })},
    {"both_strides_of_a",
     with(plain(7, 9, 5), [](auto &d) { d.a_m = 10, d.a_k = 2; })},
    {"both_strides_of_b",
     with(plain(7, 9, 5), [](auto &d) { d.b_k = 27, d.b_n = 3; })},
    {"both_strides_of_c", with(plain(7, 9, 5),
                               [](auto &d) {
                                 d.c_m = 18, d.c_n = 2;
                                 d.accumulate = 1;
                               })},
    {"accumulate", with(plain(7, 9, 5), [](auto &d) { d.accumulate = 1; })},
    {"bias_relu",
     with(plain(7, 9, 5),
          [](auto &d) { d.has_bias = 1, d.activation = MPCRT_RELU; })},
    {"all_of_it", with(plain(17, 19, 15),
                       [](auto &d) {
                         d.has_bias = 1, d.activation = MPCRT_RELU,
                         d.accumulate = 1;
                       })},
    {"rows_4096_bytes_apart", plain(130, 1024, 20)},
    {"rows_4096_bytes_apart_of_a_large_b", plain(16, 1024, 96)},
    {"tall_b", plain(9, 40, 200)},
    {"tall_b_accumulate",
     with(plain(5, 40, 400), [](auto &d) { d.accumulate = 1; })},
    {"tall_b_a_transposed",
     with(plain(5, 40, 400), [](auto &d) { d.a_m = 1, d.a_k = 5; })},
    {"tall_b_relu",
     with(plain(5, 40, 400), [](auto &d) { d.activation = MPCRT_RELU; })},
    {"tall_b_bias", with(plain(5, 40, 400), [](auto &d) { d.has_bias = 1; })},
    {"row_vector", plain(1, 9, 5)},
    {"column_vector", plain(7, 1, 5)},
    {"outer_product", plain(7, 9, 1)},
    {"scalar", plain(1, 1, 1)},
    {"batch",
     with(plain(4, 5, 6), [](auto &d) { addBatch(d, 3, 24, 30, 20); })},
    {"attention_scores", // [B 2, T 4, 3, H 3, S 5]: heads inside rows
     with(plain(4, 4, 5),
          [](auto &d) {
            addBatch(d, 2, 180, 180, 48);
            addBatch(d, 3, 5, 5, 16);
            d.a_m = 45, d.b_k = 1, d.b_n = 45;
          })},
    {"attention_values", with(plain(4, 5, 4),
                              [](auto &d) {
                                addBatch(d, 2, 48, 180, 60);
                                addBatch(d, 3, 16, 5, 5);
                                d.b_k = 45, d.c_m = 15;
                              })},
    {"broadcast_b",
     with(plain(4, 5, 6), [](auto &d) { addBatch(d, 3, 24, 0, 20); })},
    {"broadcast_a",
     with(plain(4, 5, 6), [](auto &d) { addBatch(d, 3, 0, 30, 20); })},
    {"grouped_heads", // B broadcast over the inner batch dimension only
     with(plain(4, 4, 5),
          [](auto &d) {
            addBatch(d, 2, 40, 20, 32);
            addBatch(d, 2, 20, 0, 16);
          })},
    {"batch_c_transposed", with(plain(4, 5, 6),
                                [](auto &d) {
                                  addBatch(d, 3, 24, 30, 20);
                                  d.c_m = 1, d.c_n = 4;
                                })},
};

/// Elements up to the last one that an operand reaches.
int64_t reach(const mpcrt_matmul_desc &d, const int64_t *batch, int64_t rows,
              int64_t rowStride, int64_t columns, int64_t columnStride) {
  int64_t last = (rows - 1) * rowStride + (columns - 1) * columnStride;
  for (int32_t i = 0; i < d.batch_rank; ++i)
    last += (d.batch[i] - 1) * batch[i];
  return last + 1;
}

/// The definition, in double.
std::vector<float> reference(const mpcrt_matmul_desc &d,
                             const std::vector<float> &a,
                             const std::vector<float> &b, std::vector<float> c,
                             const std::vector<float> &bias) {
  forBatch(d, [&](int64_t ao, int64_t bo, int64_t co) {
    for (int64_t m = 0; m < d.m; ++m)
      for (int64_t n = 0; n < d.n; ++n) {
        float &result = c[co + m * d.c_m + n * d.c_n];
        double sum = d.accumulate ? result : 0.0;
        if (d.has_bias)
          sum += bias[n];
        for (int64_t k = 0; k < d.k; ++k)
          sum += double(a[ao + m * d.a_m + k * d.a_k]) *
                 b[bo + k * d.b_k + n * d.b_n];
        result = static_cast<float>(d.activation && sum < 0 ? 0 : sum);
      }
  });
  return c;
}

class Matmul : public testing::TestWithParam<Case> {
protected:
  /// On the target "cpu", or on the stand-in of "cuda".
  void check(bool onCUDA, int threads, int64_t workspace);
};

void Matmul::check(bool onCUDA, int threads, int64_t workspace) {
  const mpcrt_matmul_desc &d = GetParam().desc;
  int64_t sizes[] = {reach(d, d.a_batch, d.m, d.a_m, d.k, d.a_k),
                     reach(d, d.b_batch, d.k, d.b_k, d.n, d.b_n),
                     reach(d, d.c_batch, d.m, d.c_m, d.n, d.c_n), d.n};
  std::vector<float> data[4];
  std::vector<int64_t> bytes, offsets;
  for (int i = 0; i < 4; ++i) {
    data[i] = randomValues(sizes[i], i + 1);
    bytes.push_back(sizes[i] * 4);
    offsets.push_back(i << 20);
  }
  ManifestBuilder b(1, (4 << 20) + workspace, workspace);
  const char *names[] = {"a", "b", "c", "bias"};
  json launches = json::array();
  for (int i = 0; i < 4; ++i) {
    b.input(names[i], "f32", {sizes[i]});
    launches.push_back(feed(i, i, {0}, {sizes[i]}));
  }
  b.output("result", "f32", {sizes[2]});
  launches.push_back(launchOf(d, "f32", "f32"));
  launches.push_back(fetch(0, 2, {0}, {sizes[2]}));
  b.act(0, b.body(bytes, launches), offsets, {0});
  mpcrt_options options = {};
  options.threads_per_device = threads;
  TestSession session(onCUDA ? forStandin(b.manifest, {}) : b.manifest, {},
                      options);
  std::vector<float> result(sizes[2]);
  ASSERT_EQ(session
                .run({bufferOf(data[0]), bufferOf(data[1]), bufferOf(data[2]),
                      bufferOf(data[3])},
                     {bufferOf(result)})
                .message,
            "");
  std::vector<float> expected =
      reference(d, data[0], data[1], data[2], data[3]);
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_FLOAT_EQ(result[i], expected[i]) << "element " << i;
  int64_t batches = 1;
  for (int32_t i = 0; i < d.batch_rank; ++i)
    batches *= d.batch[i];
  EXPECT_EQ(session.counters(0).matmul_flops, 2 * d.m * d.n * d.k * batches);
}

TEST_P(Matmul, equalsTheDefinition) {
  for (int threads : {1, 2}) {
    int64_t workspace = 0;
    ASSERT_EQ(
        Outcome(mpcrt_matmul_workspace(&GetParam().desc, threads, &workspace))
            .message,
        "");
    EXPECT_EQ(workspace % 64, 0);
    check(/*onCUDA=*/false, threads, workspace);
  }
}

TEST_P(Matmul, equalsTheDefinitionOnCUDA) {
  int64_t copies = 0;
  ASSERT_EQ(
      Outcome(mpcrt_cuda_matmul_copies(&GetParam().desc, &copies)).message, "");
  for (uint64_t seed = 0; seed < 4; ++seed) {
    mpcrt::standin::reset(seed);
    // The library gets a lot, or nothing.
    check(/*onCUDA=*/true, 1, copies + (seed % 2 ? 1 << 20 : 0));
  }
}

/// The workspace must be enough for bf16, and results right to its precision.
void checkBF16WithF32Results(bool onCUDA) {
  constexpr int64_t m = 24, n = 40, k = 32;
  mpcrt_matmul_desc d = plain(m, n, k);
  d.dtype = MPCRT_BF16;
  d.c_dtype = MPCRT_F32;
  d.accumulate = 1;
  int64_t workspace = 0;
  if (!onCUDA) {
    ASSERT_EQ(Outcome(mpcrt_matmul_workspace(&d, 1, &workspace)).message, "");
  }
  std::vector<float> a = randomValues(m * k, 1), b = randomValues(k * n, 2),
                     c = randomValues(m * n, 3), result(m * n);
  auto narrow = [](const std::vector<float> &values) {
    std::vector<mpcrt::BF16> list;
    for (float value : values)
      list.push_back(mpcrt::BF16::fromFloat(value));
    return list;
  };
  std::vector<mpcrt::BF16> a16 = narrow(a), b16 = narrow(b);
  ManifestBuilder builder(1, (1 << 16) + workspace, workspace);
  builder.input("a", "bf16", {m * k}).input("b", "bf16", {k * n});
  builder.input("c", "f32", {m * n}).output("y", "f32", {m * n});
  int body = builder.body({m * k * 2, k * n * 2, m * n * 4},
                          {feed(0, 0, {0}, {m * k}), feed(1, 1, {0}, {k * n}),
                           feed(2, 2, {0}, {m * n}), launchOf(d, "bf16", "f32"),
                           fetch(0, 2, {0}, {m * n})});
  builder.act(0, body, {0, 8192, 16384}, {0});
  mpcrt_options options = {};
  options.threads_per_device = 1;
  TestSession session(onCUDA ? forStandin(builder.manifest, {})
                             : builder.manifest,
                      {}, options);
  ASSERT_EQ(
      session
          .run({bufferOf(a16), bufferOf(b16), bufferOf(c)}, {bufferOf(result)})
          .message,
      "");
  std::vector<float> expected = reference(d, a, b, c, {});
  for (size_t i = 0; i < expected.size(); ++i)
    ASSERT_FLOAT_EQ(result[i], expected[i]) << "element " << i;
}

TEST(MatmulTypes, bf16WithF32Results) {
  if (!mpcrt_matmul_has_type(MPCRT_BF16))
    GTEST_SKIP() << "needs AVX-512";
  checkBF16WithF32Results(/*onCUDA=*/false);
}

TEST(MatmulTypes, bf16WithF32ResultsOnCUDA) {
  mpcrt::standin::reset(1);
  checkBF16WithF32Results(/*onCUDA=*/true);
}

TEST(MatmulTypes, othersAreRefused) {
  mpcrt_matmul_desc d = plain(4, 4, 4);
  d.dtype = d.c_dtype = MPCRT_F64;
  int64_t workspace = 0;
  Outcome outcome(mpcrt_matmul_workspace(&d, 1, &workspace));
  EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(outcome.message,
            "the CPU has no matmul of f64; expected f32 or bf16");
  d.dtype = 99;
  EXPECT_EQ(Outcome(mpcrt_matmul_workspace(&d, 1, &workspace)).code,
            MPCRT_INVALID_ARGUMENT);
  EXPECT_EQ(Outcome(mpcrt_cuda_matmul_copies(&d, &workspace)).code,
            MPCRT_INVALID_ARGUMENT);
  d = plain(4, 0, 4);
  EXPECT_EQ(Outcome(mpcrt_matmul_workspace(&d, 1, &workspace)).code,
            MPCRT_INVALID_ARGUMENT);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Matmul, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

} // namespace

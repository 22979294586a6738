//===- MatmulGeluTest.cpp - gelu and its gradient inside of matmuls -------===//
#include "CUDAStandin.h"
#include "CublasLt.h"
#include "MatmulLaunches.h"
#include "core/HalfFloat.h"
#include "cuda/Types.h"
#include <cmath>
#include <gtest/gtest.h>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_CUBLASLT(name, parameters) int name parameters;
#include "cuda/Symbols.def"
}
} // namespace mpcrt::cuda

using namespace mpcrt::test;
using mpcrt::BF16;

namespace {

//===----------------------------------------------------------------------===//
// The definition
//===----------------------------------------------------------------------===//

double gelu(double x) {
  double u = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + std::tanh(u));
}
/// By a difference.
double geluSlope(double x) {
  constexpr double step = 1e-5;
  return (gelu(x + step) - gelu(x - step)) / (2 * step);
}

/// The operands in the order of the launch's buffers; `bias` is the bias, or
/// its gradient.
struct Operands {
  std::vector<float> a, b, c, bias, aux;
};

Operands reference(const mpcrt_matmul_desc &d, Operands o) {
  std::vector<double> columns(d.n);
  forBatch(d, [&](int64_t a, int64_t b, int64_t c) {
    for (int64_t m = 0; m < d.m; ++m)
      for (int64_t n = 0; n < d.n; ++n) {
        int64_t at = c + m * d.c_m + n * d.c_n;
        double sum = d.accumulate ? o.c[at] : 0.0;
        for (int64_t k = 0; k < d.k; ++k)
          sum += double(o.a[a + m * d.a_m + k * d.a_k]) *
                 o.b[b + k * d.b_k + n * d.b_n];
        if (d.has_bias)
          sum += o.bias[n];
        if (d.activation == MPCRT_GELU_GRADIENT) {
          o.c[at] = static_cast<float>(sum *= geluSlope(o.aux[at]));
          columns[n] += sum;
          continue;
        }
        if (d.has_aux)
          o.aux[at] = static_cast<float>(sum);
        o.c[at] = static_cast<float>(gelu(sum));
      }
  });
  if (d.has_bias_gradient)
    o.bias.assign(columns.begin(), columns.end());
  return o;
}

//===----------------------------------------------------------------------===//
// On the stand-in
//===----------------------------------------------------------------------===//

template <typename T> std::vector<T> to(const std::vector<float> &values) {
  std::vector<T> list;
  for (float value : values)
    if constexpr (std::is_same_v<T, float>)
      list.push_back(value);
    else
      list.push_back(T::fromFloat(value));
  return list;
}
template <typename T> std::vector<float> from(const std::vector<T> &values) {
  std::vector<float> list;
  for (T value : values)
    if constexpr (std::is_same_v<T, float>)
      list.push_back(value);
    else
      list.push_back(value.toFloat());
  return list;
}

/// A program that feeds all operands, multiplies, and fetches what matmuls
/// write.
json programOf(const mpcrt_matmul_desc &d, const char *dtype, int64_t bytes,
               const std::vector<int64_t> &sizes, int64_t workspace) {
  constexpr int64_t place = 1 << 16;
  int64_t buffers = sizes.size();
  ManifestBuilder b(1, buffers * place + workspace, workspace);
  json launches = json::array();
  std::vector<int64_t> lengths, offsets;
  for (int i = 0; i < buffers; ++i) {
    b.input("x" + std::to_string(i), dtype, {sizes[i]});
    launches.push_back(feed(i, i, {0}, {sizes[i]}));
    lengths.push_back(sizes[i] * bytes);
    offsets.push_back(i * place);
  }
  launches.push_back(launchOf(d, dtype, dtype));
  for (int i = 2; i < buffers; ++i) {
    b.output("y" + std::to_string(i), dtype, {sizes[i]});
    launches.push_back(fetch(i - 2, i, {0}, {sizes[i]}));
  }
  b.act(0, b.body(lengths, launches), offsets, {0});
  return forStandin(b.manifest, {});
}

template <typename T>
Operands multiply(const mpcrt_matmul_desc &d, const char *dtype,
                  const Operands &o, int64_t workspace) {
  std::vector<T> in[] = {to<T>(o.a), to<T>(o.b), to<T>(o.c), to<T>(o.bias),
                         to<T>(o.aux)};
  std::vector<T> c = in[2], bias = in[3], aux = in[4];
  std::vector<int64_t> sizes;
  std::vector<mpcrt_buffer> inputs;
  for (std::vector<T> &list : in) {
    sizes.push_back(list.size());
    inputs.push_back(bufferOf(list));
  }
  TestSession session(programOf(d, dtype, sizeof(T), sizes, workspace));
  EXPECT_EQ(
      session.run(inputs, {bufferOf(c), bufferOf(bias), bufferOf(aux)}).message,
      "");
  return {o.a, o.b, from(c), from(bias), from(aux)};
}

//===----------------------------------------------------------------------===//
// Cases
//===----------------------------------------------------------------------===//

mpcrt_matmul_desc gelu(int64_t m, int64_t n, int64_t k) {
  return with(plain(m, n, k), [](auto &d) { d.activation = MPCRT_GELU; });
}
mpcrt_matmul_desc gradient(int64_t m, int64_t n, int64_t k) {
  return with(gelu(m, n, k), [](auto &d) {
    d.activation = MPCRT_GELU_GRADIENT;
    d.has_aux = 1;
  });
}
struct Case {
  const char *name;
  mpcrt_matmul_desc desc;
};
const Case cases[] = {
    {"gelu", gelu(9, 12, 5)},
    {"bias", with(gelu(9, 12, 5), [](auto &d) { d.has_bias = 1; })},
    {"bias_accumulate",
     with(gelu(9, 12, 5), [](auto &d) { d.has_bias = d.accumulate = 1; })},
    {"turned_round",
     with(gelu(9, 12, 5), [](auto &d) { d.c_m = 1, d.c_n = 9; })},
    {"bias_columns", // stays as it is, in a copy of C
     with(gelu(9, 12, 5),
          [](auto &d) { d.c_m = 1, d.c_n = 9, d.has_bias = 1; })},
    {"aux", with(gelu(9, 16, 5), [](auto &d) { d.has_aux = 1; })},
    {"aux_bias",
     with(gelu(9, 16, 5), [](auto &d) { d.has_aux = d.has_bias = 1; })},
    {"aux_bias_accumulate",
     with(gelu(9, 16, 5),
          [](auto &d) { d.has_aux = d.has_bias = d.accumulate = 1; })},
    {"aux_of_padded_rows", with(gelu(9, 13, 5),
                                [](auto &d) {
                                  d.has_aux = d.has_bias = 1;
                                  d.c_m = 24, d.a_m = 7;
                                })},
    {"aux_of_one_padded_row",
     with(gelu(1, 13, 5), [](auto &d) { d.has_aux = 1, d.c_m = 16; })},
    {"aux_of_a_batch", with(gelu(4, 8, 6),
                            [](auto &d) {
                              d.has_aux = d.has_bias = 1;
                              addBatch(d, 3, 24, 0, 40);
                            })},
    {"aux_of_two_batches", // the library loops over the inner one
     with(gelu(4, 8, 6),
          [](auto &d) {
            d.has_aux = 1;
            addBatch(d, 2, 100, 0, 104);
            addBatch(d, 3, 24, 48, 32);
          })},
    {"gradient", gradient(9, 16, 5)},
    {"gradient_of_padded_rows",
     with(gradient(9, 13, 5), [](auto &d) { d.c_m = 24; })},
    {"gradient_b_transposed",
     with(gradient(9, 16, 5), [](auto &d) { d.b_k = 1, d.b_n = 5; })},
    {"gradient_a_strided", // A is copied
     with(gradient(9, 16, 5), [](auto &d) { d.a_m = 12, d.a_k = 2; })},
    {"gradient_of_a_batch", with(gradient(4, 8, 6),
                                 [](auto &d) {
                                   addBatch(d, 2, 100, 0, 104);
                                   addBatch(d, 3, 24, 48, 32);
                                 })},
    {"bias_gradient",
     with(gradient(33, 16, 5), [](auto &d) { d.has_bias_gradient = 1; })},
    {"bias_gradient_b_transposed", with(gradient(7, 24, 9),
                                        [](auto &d) {
                                          d.has_bias_gradient = 1;
                                          d.b_k = 1, d.b_n = 9;
                                        })},
};

class MatmulGelu : public testing::TestWithParam<Case> {
protected:
  const mpcrt_matmul_desc &desc() const { return GetParam().desc; }

  Operands operands() const {
    const mpcrt_matmul_desc &d = desc();
    int64_t a = 0, b = 0, c = 0;
    forBatch(d, [&](int64_t atA, int64_t atB, int64_t atC) {
      a = atA + (d.m - 1) * d.a_m + (d.k - 1) * d.a_k + 1;
      b = atB + (d.k - 1) * d.b_k + (d.n - 1) * d.b_n + 1;
      c = atC + (d.m - 1) * d.c_m + (d.n - 1) * d.c_n + 1;
    });
    return {randomValues(a, 1), randomValues(b, 2), randomValues(c, 3),
            randomValues(d.n, 4), randomValues(c, 5)};
  }

  template <typename T>
  void check(int32_t dtype, const char *name, double tolerance) {
    mpcrt_matmul_desc d = desc();
    d.dtype = d.c_dtype = dtype;
    Operands given = operands(), expected = reference(d, given);
    int64_t copies = 0;
    ASSERT_EQ(Outcome(mpcrt_cuda_matmul_copies(&d, &copies)).message, "");
    for (uint64_t seed = 0; seed < 4; ++seed) {
      mpcrt::standin::reset(seed);
      Operands found = multiply<T>(d, name, given, copies);
      expectNear(found.c, expected.c, tolerance);
      expectNear(found.aux, expected.aux, tolerance);
      expectNear(found.bias, expected.bias, tolerance);
    }
  }

  static void expectNear(const std::vector<float> &found,
                         const std::vector<float> &expected, double tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      ASSERT_NEAR(found[i], expected[i],
                  tolerance * std::max(1.0f, std::abs(expected[i])))
          << "element " << i;
  }
};

TEST_P(MatmulGelu, equalsTheDefinition) {
  check<float>(MPCRT_F32, "f32", 2e-6);
}

TEST_P(MatmulGelu, equalsTheDefinitionInBF16) {
  check<BF16>(MPCRT_BF16, "bf16", 0x1p-7);
}

INSTANTIATE_TEST_SUITE_P(Layouts, MatmulGelu, testing::ValuesIn(cases),
                         [](const auto &info) { return info.param.name; });

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

/// What a manifest with this launch is refused with.
std::string refusal(const mpcrt_matmul_desc &d, auto change) {
  json manifest = programOf(d, "f32", 4, {2000, 2000, 2000, 64, 2000}, 0);
  change(manifest["programs"][0]["bodies"][0]["launches"][5]);
  return tryLoad(manifest.dump()).message;
}
std::string refusal(const mpcrt_matmul_desc &d) {
  return refusal(d, [](json &) {});
}

TEST(MatmulGeluErrors, sayWhatIsWrong) {
  const std::string launch = "programs[0].bodies[0].launches[5]";
  EXPECT_EQ(refusal(gradient(9, 16, 5)), "");
  EXPECT_EQ(refusal(with(gradient(9, 16, 5), [](auto &d) { d.has_bias = 1; })),
            launch + ": 'gelu-gradient' takes no 'bias' and does not "
                     "'accumulate'");
  EXPECT_EQ(
      refusal(with(gradient(9, 16, 5), [](auto &d) { d.accumulate = 1; })),
      launch + ": 'gelu-gradient' takes no 'bias' and does not 'accumulate'");
  EXPECT_EQ(refusal(gradient(9, 12, 5)),
            launch + ".aux: lies like C, so C's rows must be dense and a "
                     "multiple of 8 elements apart; 'c_m' is 12 and 'c_n' is "
                     "1");
  EXPECT_EQ(
      refusal(with(gradient(8, 16, 5), [](auto &d) { d.c_m = 1, d.c_n = 8; })),
      launch + ".aux: lies like C, so C's rows must be dense and a "
               "multiple of 8 elements apart; 'c_m' is 1 and 'c_n' is 8");
  EXPECT_EQ(refusal(with(gradient(9, 16, 5),
                         [](auto &d) { addBatch(d, 2, 45, 0, 150); })),
            launch + ".c_batch: expected multiples of 8 beside 'aux'");
  EXPECT_EQ(refusal(with(gradient(9, 16, 5),
                         [](auto &d) {
                           addBatch(d, 2, 45, 0, 144);
                           d.has_bias_gradient = 1;
                         })),
            launch + ".bias_gradient: is of one product, without 'batch'");
  EXPECT_EQ(refusal(gradient(9, 16, 5), [](json &l) { l["aux"] = 2; }),
            launch + ".aux: expected a buffer of its own");
  EXPECT_EQ(refusal(gradient(9, 16, 5), [](json &l) { l["aux"] = 3; }),
            launch + ".aux: reaches byte 576 of buffer 3, which has 256");
}

TEST(MatmulGeluErrors, theCPUHasNone) {
  mpcrt_matmul_desc d = gelu(9, 16, 5);
  EXPECT_FALSE(mpcrt_matmul_has_fast_epilogue(&d));
  int64_t workspace = 0;
  EXPECT_EQ(Outcome(mpcrt_matmul_workspace(&d, 1, &workspace)).message,
            "the CPU computes no gelu inside of matmuls; compile the model for "
            "target 'cpu'");
  d.activation = 99;
  EXPECT_EQ(Outcome(mpcrt_matmul_workspace(&d, 1, &workspace)).message,
            "unknown activation of a matmul");
}

TEST(MatmulGeluErrors, theLibraryHasNone) {
  // Not what another test has found and the cache knows.
  json manifest =
      programOf(gradient(9, 32, 5), "f32", 4, {2000, 2000, 2000, 64, 2000}, 0);
  mpcrt::standin::setGelu(false);
  std::string text = manifest.dump();
  mpcrt_executable *loaded = nullptr;
  ASSERT_EQ(Outcome(mpcrt_executable_load(text.data(), text.size(), nullptr,
                                          nullptr, &loaded))
                .message,
            "");
  mpcrt_session *session = nullptr;
  Outcome outcome(mpcrt_session_create(loaded, nullptr, &session));
  mpcrt::standin::setGelu(true);
  mpcrt_executable_destroy(loaded);
  EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(outcome.message,
            "cuBLASLt has no algorithm for the matmul f32 f32 003 aux 9x32x5 "
            "5,1,32,1,32,1 align 64,64,64 workspace 0; compile with "
            "--gpu-arch=sm_80, which keeps gelu out of matmuls");
}

/// The stand-in keeps cuBLASLt's rules; so the tests above have kept them.
TEST(MatmulGeluErrors, theStandinKeepsTheRules) {
  using namespace mpcrt::cuda;
  constexpr int64_t size = 16;
  constexpr int invalidValue = 7;
  LtMatmulDesc desc = nullptr;
  LtLayout layout = nullptr;
  LtPreference preference = nullptr;
  cublasLtMatmulDescCreate(&desc, LtComputeF32, LtTypeF32);
  cublasLtMatrixLayoutCreate(&layout, LtTypeF32, size, size, size);
  cublasLtMatmulPreferenceCreate(&preference);
  auto set = [&](int attribute, int64_t value) {
    cublasLtMatmulDescSetAttribute(desc, attribute, &value, sizeof value);
  };
  auto search = [&] {
    LtHeuristic found;
    int count = 0;
    return cublasLtMatmulAlgoGetHeuristic(nullptr, desc, layout, layout, layout,
                                          layout, preference, 1, &found,
                                          &count);
  };
  std::vector<float> data(size * size, 1);
  auto run = [&] {
    float alpha = 1, beta = 0;
    LtAlgorithm algorithm = {{1}};
    return cublasLtMatmul(nullptr, desc, &alpha, data.data(), layout,
                          data.data(), layout, &beta, data.data(), layout,
                          data.data(), layout, &algorithm, nullptr, 0, nullptr);
  };
  EXPECT_EQ(search(), Success);
  set(LtDescEpilogue, LtEpilogueRelu | LtEpilogueGelu); // there is no such
  EXPECT_EQ(search(), invalidValue);
  set(LtDescEpilogue, LtEpilogueGelu | LtEpilogueAux);
  EXPECT_EQ(search(), invalidValue); // no stride
  for (auto [stride, status] : {std::pair<int64_t, int>{8, invalidValue},
                                {20, invalidValue},
                                {24, Success}}) {
    set(LtDescAuxStride, stride);
    EXPECT_EQ(search(), status) << stride;
  }
  EXPECT_EQ(run(), invalidValue); // no address
  set(LtDescEpilogue, LtEpilogueGeluGradient | LtEpilogueBiasGradient);
  set(LtDescAuxPointer, reinterpret_cast<int64_t>(data.data()));
  EXPECT_EQ(run(), invalidValue); // none for the bias
  cublasLtMatmulPreferenceDestroy(preference);
  cublasLtMatrixLayoutDestroy(layout);
  cublasLtMatmulDescDestroy(desc);
}

} // namespace

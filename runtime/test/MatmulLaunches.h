//===- MatmulLaunches.h - Descriptions of matmuls for tests -----*- C++ -*-===//
#ifndef MPCRT_TEST_MATMULLAUNCHES_H
#define MPCRT_TEST_MATMULLAUNCHES_H

#include "TestSession.h"
#include <random>

namespace mpcrt::test {

/// Dense and row-major.
inline mpcrt_matmul_desc plain(int64_t m, int64_t n, int64_t k) {
  mpcrt_matmul_desc d = {};
  d.m = m, d.n = n, d.k = k;
  d.a_m = k, d.a_k = 1;
  d.b_k = n, d.b_n = 1;
  d.c_m = n, d.c_n = 1;
  return d;
}

inline mpcrt_matmul_desc with(mpcrt_matmul_desc d, auto change) {
  change(d);
  return d;
}

inline void addBatch(mpcrt_matmul_desc &d, int64_t size, int64_t a, int64_t b,
                     int64_t c) {
  int32_t i = d.batch_rank++;
  d.batch[i] = size, d.a_batch[i] = a, d.b_batch[i] = b, d.c_batch[i] = c;
}

/// Calls visit(offset of A, of B, of C) for every entry of the batch.
inline void forBatch(const mpcrt_matmul_desc &d, auto visit) {
  int64_t count = 1;
  for (int32_t i = 0; i < d.batch_rank; ++i)
    count *= d.batch[i];
  for (int64_t flat = 0; flat < count; ++flat) {
    int64_t a = 0, b = 0, c = 0, rest = flat;
    for (int32_t i = d.batch_rank; i-- > 0; rest /= d.batch[i]) {
      int64_t index = rest % d.batch[i];
      a += index * d.a_batch[i];
      b += index * d.b_batch[i];
      c += index * d.c_batch[i];
    }
    visit(a, b, c);
  }
}

/// The launch with A, B and C in buffers 0 to 2, the bias or its gradient in 3,
/// aux in 4.
inline json launchOf(const mpcrt_matmul_desc &d, const char *dtype,
                     const char *cDtype) {
  auto list = [&](const int64_t *values) {
    return std::vector<int64_t>(values, values + d.batch_rank);
  };
  json launch = {{"op", "matmul"},
                 {"dtype", dtype},
                 {"c_dtype", cDtype},
                 {"a", 0},
                 {"b", 1},
                 {"c", 2},
                 {"batch", list(d.batch)},
                 {"m", d.m},
                 {"n", d.n},
                 {"k", d.k},
                 {"a_batch", list(d.a_batch)},
                 {"a_m", d.a_m},
                 {"a_k", d.a_k},
                 {"b_batch", list(d.b_batch)},
                 {"b_k", d.b_k},
                 {"b_n", d.b_n},
                 {"c_batch", list(d.c_batch)},
                 {"c_m", d.c_m},
                 {"c_n", d.c_n},
                 {"accumulate", d.accumulate != 0}};
  constexpr const char *activations[] = {"", "relu", "gelu", "gelu-gradient"};
  if (d.activation)
    launch["activation"] = activations[d.activation];
  if (d.has_bias)
    launch["bias"] = 3;
  if (d.has_bias_gradient)
    launch["bias_gradient"] = 3;
  if (d.has_aux)
    launch["aux"] = 4;
  return launch;
}

inline std::vector<float> randomValues(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> values(-8, 8);
  std::vector<float> list(count);
  for (float &value : list)
    value = static_cast<float>(values(generator)) / 8; // exact in bf16 too
  return list;
}

} // namespace mpcrt::test

#endif // MPCRT_TEST_MATMULLAUNCHES_H

//===- CUDARing.cpp - A step with all that runs beside compute ------------===//
#include "CUDARing.h"
#include <numeric>

namespace mpcrt::test {

static constexpr int64_t count = 96, bytes = count * 4;
static constexpr int micros = ringMicros;

static void twiceAndOne(char *const *buffers, const int64_t *, int64_t begin,
                        int64_t end) {
  auto *x = reinterpret_cast<const float *>(buffers[0]);
  auto *y = reinterpret_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = 2 * x[i] + 1;
}

static void addScaled(char *const *buffers, const int64_t *scalars,
                      int64_t begin, int64_t end) {
  auto *a = reinterpret_cast<const float *>(buffers[0]);
  auto *b = reinterpret_cast<const float *>(buffers[1]);
  auto *y = reinterpret_cast<float *>(buffers[2]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = a[i] + static_cast<float>(scalars[0]) * b[i];
}

const Kernels ringKernels = {{"twice_and_one", twiceAndOne},
                             {"add_scaled", addScaled}};

static json matmulLaunch(int a, int b, int c) {
  return {{"op", "matmul"},
          {"dtype", "f32"},
          {"a", a},
          {"b", b},
          {"c", c},
          {"batch", json::array()},
          {"m", 8},
          {"n", 8},
          {"k", 12},
          {"a_batch", json::array()},
          {"a_m", 12},
          {"a_k", 1},
          {"b_batch", json::array()},
          {"b_k", 8},
          {"b_n", 1},
          {"c_batch", json::array()},
          {"c_m", 8},
          {"c_n", 1}};
}

json ring(int devices) {
  ManifestBuilder b(devices, 1 << 16, 4096);
  b.kernel("twice_and_one").kernel("add_scaled");
  b.input("x", "f32", {micros, devices, count});
  b.output("y", "f32", {micros, devices, 64}).output("sum", "f32", {64});
  std::vector<int> all(devices);
  std::iota(all.begin(), all.end(), 0);
  b.group(all);
  if (devices > 1)
    for (int d = 0; d < devices; ++d)
      b.channel(d, (d + 1) % devices);
  // x, 2x+1, its sum, another 2x+1, what is sent
  json reduce = allReduce(1, 2, count);
  reduce["group"] = 2;
  int begin = b.body({bytes, bytes, bytes, bytes, bytes},
                     {feed(0, 0, {0, 1, 2}, {1, 1, count}),
                      kernelLaunch(0, {0, 1}, {}, count),
                      reduce,
                      kernelLaunch(0, {0, 3}, {}, count),
                      kernelLaunch(0, {3, 0}, {}, count),
                      {{"op", "await"}, {"launch", 2}},
                      kernelLaunch(1, {2, 0, 4}, {3}, count)});
  // own, received, their sum, product, reduced product
  json reduceProduct = allReduce(3, 4, 64);
  reduceProduct["group"] = 2;
  json accumulate = fetch(1, 4, {4}, {64});
  accumulate["accumulate"] = true;
  int end =
      b.body({bytes, bytes, bytes, 256, 256},
             {kernelLaunch(1, {0, 1, 2}, {3}, count), matmulLaunch(0, 2, 3),
              reduceProduct, fetch(0, 4, {0, 1, 2}, {1, 1, 64}), accumulate});
  for (int micro = 0; micro < micros; ++micro)
    for (int d = 0; d < devices; ++d) {
      std::vector<int64_t> scalars = {micro, d, 0, 1 + d, 0};
      int from = (d + devices - 1) % devices;
      b.act(d, begin, {0, 1024, 2048, 3072, 4096}, scalars, micro);
      if (devices > 1)
        b.message(d, "send", d, micro, 4096, bytes)
            .message(d, "recv", from, micro, 5120, bytes);
      b.act(d, end, {4096, 5120, 6144, 7168, 8192}, scalars, micro);
      if (devices > 1)
        b.message(d, "wait_send", d, micro);
    }
  return b.manifest;
}

RingResults runRing(const json &manifest, int devices,
                    const std::function<void()> &beforeTheLastStep, int steps,
                    const mpcrt_options &options) {
  RingResults results = {std::vector<float>(micros * devices * 64),
                         std::vector<float>(64), ""};
  TestSession session(manifest, ringKernels, options);
  std::vector<float> x(micros * devices * count);
  for (int step = 0; step < steps && results.error.empty(); ++step) {
    if (step == steps - 1)
      beforeTheLastStep();
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>((i * 7 + step) % 23) - 11;
    results.error =
        session.run({bufferOf(x)}, {bufferOf(results.y), bufferOf(results.sum)})
            .message;
  }
  return results;
}

} // namespace mpcrt::test

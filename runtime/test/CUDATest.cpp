//===- CUDATest.cpp - Whole runs of the CUDA back end ---------------------===//
//
// On a stand-in for the driver that works late and in any order that streams
// and events allow: results are those of the CPU, bit for bit.
//
//===----------------------------------------------------------------------===//
#include "Backends.h"
#include "CUDAStandin.h"
#include "TestSession.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

constexpr int64_t count = 96, bytes = count * 4;
constexpr int micros = 3;

void twiceAndOne(char *const *buffers, const int64_t *, int64_t begin,
                 int64_t end) {
  auto *x = reinterpret_cast<const float *>(buffers[0]);
  auto *y = reinterpret_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = 2 * x[i] + 1;
}

void addScaled(char *const *buffers, const int64_t *scalars, int64_t begin,
               int64_t end) {
  auto *a = reinterpret_cast<const float *>(buffers[0]);
  auto *b = reinterpret_cast<const float *>(buffers[1]);
  auto *y = reinterpret_cast<float *>(buffers[2]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = a[i] + static_cast<float>(scalars[0]) * b[i];
}

const Kernels kernels = {{"twice_and_one", twiceAndOne},
                         {"add_scaled", addScaled}};

json matmulLaunch(int a, int b, int c) {
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

/// Every device, for every micro-batch: computes beside an all_reduce, passes
/// its result round a ring, multiplies, reduces at once and fetches. All
/// micro-batches use the same buffers.
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

struct Results {
  std::vector<float> y, sum;
  std::string error;
  bool operator==(const Results &) const = default;
};

Results runRing(
    const json &manifest, int devices,
    const std::function<void()> &beforeTheLastStep = [] {}) {
  Results results = {std::vector<float>(micros * devices * 64),
                     std::vector<float>(64), ""};
  TestSession session(manifest, kernels);
  std::vector<float> x(micros * devices * count);
  for (int step = 0; step < 2 && results.error.empty(); ++step) {
    if (step == 1)
      beforeTheLastStep();
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>((i * 7 + step) % 23) - 11;
    results.error =
        session.run({bufferOf(x)}, {bufferOf(results.y), bufferOf(results.sum)})
            .message;
  }
  return results;
}

TEST(CUDASession, equalsTheCPUInAnyOrder) {
  for (int devices : {1, 2, 3}) {
    json manifest = ring(devices);
    Results expected = runRing(manifest, devices);
    ASSERT_EQ(expected.error, "");
    json cuda = forStandin(manifest, kernels);
    for (uint64_t seed = 0; seed < 60; ++seed) {
      standin::reset(seed);
      Results results = runRing(cuda, devices);
      ASSERT_EQ(results.error, "") << "seed " << seed;
      ASSERT_EQ(results, expected) << "seed " << seed;
    }
  }
}

/// Whether a step goes wrong without a wait, the `number`-th of the step in a
/// stream: device d computes on stream 3 d, reduces on 3 d + 1 and receives on
/// 3 d + 2.
bool isNoticed(int stream, int number) {
  static const json manifest = ring(2);
  static const json cuda = forStandin(manifest, kernels);
  static const Results expected = runRing(manifest, 2);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    standin::reset(seed);
    Results results = runRing(cuda, 2, [&] {
      standin::ignoreWait(stream, standin::waits(stream) + number);
    });
    if (results != expected)
      return true;
  }
  return false;
}

// Shows that the orders of the stand-in are wild enough: without one wait some
// run goes wrong.
TEST(CUDASession, needsItsWaits) {
  // Of three all_reduces: for compute, for the other device before, and after.
  for (int stream : {1, 4})
    for (int number = 0; number < 9; ++number)
      EXPECT_TRUE(isNoticed(stream, number)) << stream << ", " << number;
  // Of compute, for communication beside it and for a message.
  for (int number : {0, 1})
    EXPECT_TRUE(isNoticed(0, number)) << number;
}

TEST(CUDASession, reportsTooLittleMemoryBeforeTheFirstStep) {
  json manifest = ring(2);
  std::string source = forStandin(manifest, kernels).dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .ok());
  standin::reset(0);
  standin::setMemory(100 << 10);
  mpcrt_session *session = nullptr;
  Outcome outcome(mpcrt_session_create(exe, nullptr, &session));
  EXPECT_EQ(outcome.code, MPCRT_OUT_OF_MEMORY);
  EXPECT_EQ(outcome.message,
            "device 1 needs 64 KiB, but GPU 0 (stand-in) has 36 KiB free of "
            "100 KiB; plan with more devices, more micro-batches or a smaller "
            "memory budget, or end what else uses this GPU");
  mpcrt_executable_destroy(exe);
}

TEST(CUDASession, namesTheActionOfAKernelThatFails) {
  json cuda = forStandin(ring(1), kernels);
  std::string entry = cuda["kernels"][4]["entry"];
  for (uint64_t seed = 0; seed < 10; ++seed) {
    standin::reset(seed);
    Results results = runRing(cuda, 1, [&] { standin::failInKernel(entry); });
    EXPECT_NE(results.error.find(
                  "device 0, action 2 'forward', stage 0, micro-batch 0: "),
              std::string::npos)
        << results.error;
  }
  standin::reset(0);
}

TEST(CUDASession, movesVariablesOfAnySize) {
  // Larger than all of the staging memory, and cut by columns.
  constexpr int64_t rows = 700, columns = 2100;
  ManifestBuilder b(2, rows * columns * 4);
  b.variable(
      "w", "f32", {rows, columns},
      {shard(0, 0, {0, 0}, {rows, 1500}), shard(1, 0, {0, 1500}, {rows, 600})});
  json cuda = forStandin(b.manifest, {});
  for (uint64_t seed = 0; seed < 4; ++seed) {
    standin::reset(seed);
    TestSession session(cuda);
    std::vector<float> w(rows * columns), back(rows * columns);
    std::iota(w.begin(), w.end(), 0.0f);
    ASSERT_EQ(Outcome(mpcrt_session_write(session.get(), "w", nullptr, nullptr,
                                          w.data(), w.size() * 4))
                  .message,
              "");
    ASSERT_EQ(Outcome(mpcrt_session_read(session.get(), "w", nullptr, nullptr,
                                         back.data(), w.size() * 4))
                  .message,
              "");
    ASSERT_EQ(back, w);
  }
}

TEST(CUDAManifest, isChecked) {
  json good = forStandin(ring(1), kernels);
  auto error = [&](auto change) {
    json manifest = good;
    change(manifest);
    return tryLoad(manifest.dump()).message;
  };
  EXPECT_EQ(error([](json &) {}), "");
  EXPECT_EQ(error([](json &m) { m["modules"][0] = json::object(); }),
            "modules[0]: needs 'ptx' or 'cubin'");
  EXPECT_EQ(error([](json &m) { m["modules"] = {{{"cubin", "A!"}}}; }),
            "modules[0].cubin: is not base64: found '!'");
  EXPECT_EQ(error([](json &m) { m["modules"] = {{{"ptx", ""}}}; }),
            "modules[0].ptx: is empty");
  EXPECT_NE(error([](json &m) { m["kernels"][0]["module"] = 1; }), "");
  EXPECT_NE(error([](json &m) { m["kernels"][0]["block"] = 2048; }), "");
  EXPECT_NE(error([](json &m) { m["kernels"][0]["grid"] = 0; }), "");
  EXPECT_NE(error([](json &m) {
              m["programs"][0]["bodies"][0]["launches"][1]["extent"] = 4;
            }),
            "");
}

TEST(CUDAManifest, cubinsOfOtherGPUsAreLeftOut) {
  json manifest = ring(1), cuda = forStandin(manifest, kernels);
  cuda["modules"][0]["cubin"] = "AAAA";
  standin::reset(0);
  EXPECT_EQ(runRing(cuda, 1), runRing(manifest, 1));
  cuda["modules"][0].erase("ptx");
  std::string source = cuda.dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .ok());
  mpcrt_session *session = nullptr;
  EXPECT_EQ(Outcome(mpcrt_session_create(exe, nullptr, &session)).message,
            "cannot load modules[0]: cuModuleLoadDataEx: an error of the "
            "stand-in (CUDA_ERROR_STANDIN, 209)");
  mpcrt_executable_destroy(exe);
}

TEST(CUDAManifest, targetsDoNotRunEachOthersKernels) {
  json manifest = forStandin(ring(1), kernels);
  manifest["target"] = "cpu";
  std::string source = manifest.dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .ok());
  mpcrt_session *session = nullptr;
  std::string message =
      Outcome(mpcrt_session_create(exe, nullptr, &session)).message;
  EXPECT_NE(message.find("is an entry of a module, which target 'cpu' does not "
                         "run; compile the model for this target"),
            std::string::npos)
      << message;
  mpcrt_executable_destroy(exe);
}

} // namespace

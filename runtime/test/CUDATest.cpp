//===- CUDATest.cpp - Whole runs of the CUDA back end ---------------------===//
//
// On a stand-in for the driver that works late and in any order that streams
// and events allow: results are those of the CPU, bit for bit.
//
//===----------------------------------------------------------------------===//
#include "Backends.h"
#include "CUDARing.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

TEST(CUDASession, equalsTheCPUInAnyOrder) {
  for (int devices : {1, 2, 3}) {
    json manifest = ring(devices);
    RingResults expected = runRing(manifest, devices);
    ASSERT_EQ(expected.error, "");
    json cuda = forStandin(manifest, ringKernels);
    for (uint64_t seed = 0; seed < 60; ++seed) {
      standin::reset(seed);
      RingResults results = runRing(cuda, devices);
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
  static const json cuda = forStandin(manifest, ringKernels);
  static const RingResults expected = runRing(manifest, 2);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    standin::reset(seed);
    RingResults results = runRing(cuda, 2, [&] {
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

TEST(CUDASession, namesTheActionOfAKernelThatFails) {
  json cuda = forStandin(ring(1), ringKernels);
  std::string entry = cuda["kernels"][4]["entry"];
  for (uint64_t seed = 0; seed < 10; ++seed) {
    standin::reset(seed);
    RingResults results =
        runRing(cuda, 1, [&] { standin::failInKernel(entry); });
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
  json good = forStandin(ring(1), ringKernels);
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
  json manifest = ring(1), cuda = forStandin(manifest, ringKernels);
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
  json manifest = forStandin(ring(1), ringKernels);
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

//===- CUDAGraphTest.cpp - Steps as CUDA graphs ---------------------------===//
//
// The stand-in does the parts of a graph late, in any order that its edges
// allow, beside each other.
//
//===----------------------------------------------------------------------===//
#include "Backends.h"
#include "CUDARing.h"
#include "Setting.h"
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

constexpr int steps = 3;

class CUDAGraph : public testing::Test {
  Setting graphs{"MPCRT_CUDA_GRAPHS", "1"};

protected:
  void SetUp() override { standin::graphLaunches(); }
  void TearDown() override { standin::reset(0); }
};

TEST_F(CUDAGraph, equalsTheCPUInAnyOrder) {
  for (int devices : {1, 2, 3}) {
    json manifest = ring(devices);
    RingResults expected = runRing(manifest, devices, [] {}, steps);
    ASSERT_EQ(expected.error, "");
    json cuda = forStandin(manifest, ringKernels);
    for (uint64_t seed = 0; seed < 60; ++seed) {
      standin::reset(seed);
      RingResults results = runRing(cuda, devices, [] {}, steps);
      ASSERT_EQ(results.error, "") << "seed " << seed;
      ASSERT_EQ(results, expected) << "seed " << seed;
      ASSERT_EQ(standin::graphLaunches(), steps);
    }
  }
}

/// Whether a graph goes wrong, or cannot be made, without an edge: the
/// `number`-th wait of a stream while it was captured. Device d computes on
/// stream 3 d, reduces on 3 d + 1 and receives on 3 d + 2.
bool isNoticed(int stream, int number) {
  static const json manifest = ring(2);
  static const json cuda = forStandin(manifest, ringKernels);
  static const RingResults expected = runRing(manifest, 2, [] {}, 1);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    standin::reset(seed);
    RingResults results =
        runRing(cuda, 2, [&] { standin::ignoreWait(stream, number); }, 1);
    if (results != expected)
      return true;
  }
  return false;
}

TEST_F(CUDAGraph, needsItsEdges) {
  for (int stream : {1, 4})
    for (int number = 0; number < 9; ++number)
      EXPECT_TRUE(isNoticed(stream, number)) << stream << ", " << number;
  for (int number : {0, 1})
    EXPECT_TRUE(isNoticed(0, number)) << number;
  EXPECT_TRUE(isNoticed(3, 0)) << "the other device begins by itself";
}

TEST_F(CUDAGraph, isNotUsedForTraces) {
  mpcrt_options options = {};
  options.trace = 1;
  EXPECT_EQ(runRing(
                forStandin(ring(2), ringKernels), 2, [] {}, 2, options)
                .error,
            "");
  EXPECT_EQ(standin::graphLaunches(), 0);
}

/// Runs both programs of a manifest by turns.
class TwoPrograms {
public:
  explicit TwoPrograms(const json &manifest) : session(manifest, ringKernels) {}

  float run(int program, float x) {
    mpcrt_buffer in = {&x, sizeof x};
    float y = 0;
    mpcrt_buffer out = {&y, sizeof y};
    Outcome outcome(mpcrt_session_run(session.get(), program, &in, 1, &out, 1));
    EXPECT_EQ(outcome.message, "");
    return y;
  }
  float variable() {
    float w = 0;
    EXPECT_TRUE(Outcome(mpcrt_session_read(session.get(), "w", nullptr, nullptr,
                                           &w, sizeof w))
                    .ok());
    return w;
  }
  void setVariable(float w) {
    EXPECT_TRUE(Outcome(mpcrt_session_write(session.get(), "w", nullptr,
                                            nullptr, &w, sizeof w))
                    .ok());
  }

  TestSession session;
};

// Graphs of several programs share the variables, which the host reads and
// writes between them.
TEST_F(CUDAGraph, worksOnVariables) {
  ManifestBuilder b(1);
  b.kernel("add_scaled").kernel("twice_and_one");
  b.input("x", "f32", {1}).output("y", "f32", {1});
  b.variable("w", "f32", {1}, {shard(0, 0, {0}, {1})});
  // w += 3 x, y = w
  int add =
      b.body({4, 4}, {feed(0, 1, {0}, {1}), kernelLaunch(0, {0, 1, 0}, {1}, 1),
                      fetch(0, 0, {0}, {1})});
  // y = 2 x + 1, w stays
  int twice =
      b.body({4, 4}, {feed(0, 0, {0}, {1}), kernelLaunch(1, {0, 1}, {}, 1),
                      fetch(0, 1, {0}, {1})});
  b.act(0, add, {0, 64}, {0, 3});
  json second = b.manifest["programs"][0];
  second["name"] = "second";
  json &action = second["devices"][0]["actions"][0];
  action["body"] = twice;
  action["offsets"] = {64, 128};
  b.manifest["programs"].push_back(second);
  json cuda = forStandin(b.manifest, ringKernels);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    standin::reset(seed);
    TwoPrograms programs(cuda);
    EXPECT_EQ(programs.run(0, 1), 3);
    EXPECT_EQ(programs.run(1, 5), 11);
    EXPECT_EQ(programs.run(0, 2), 9);
    programs.setVariable(100);
    EXPECT_EQ(programs.run(1, 6), 13);
    EXPECT_EQ(programs.run(0, 1), 103);
    EXPECT_EQ(programs.variable(), 103);
    mpcrt_counters counters = programs.session.counters(0);
    EXPECT_EQ(counters.kernels, 5);
    EXPECT_EQ(counters.actions, 5);
  }
}

TEST_F(CUDAGraph, saysWhatFails) {
  json cuda = forStandin(ring(1), ringKernels);
  standin::reset(0);
  RingResults results = runRing(
      cuda, 1, [&] { standin::failInKernel(cuda["kernels"][4]["entry"]); });
  EXPECT_EQ(results.error,
            "the CUDA graph of program 'main': cuStreamSynchronize: an illegal "
            "memory access was encountered (CUDA_ERROR_ILLEGAL_ADDRESS, 700); "
            "without MPCRT_CUDA_GRAPHS errors name the action");
}

TEST_F(CUDAGraph, reportsTooLittleMemoryBeforeTheFirstStep) {
  standin::reset(0);
  standin::setMemory(130 << 10); // two arenas of 64 KiB
  RingResults results = runRing(forStandin(ring(2), ringKernels), 2, [] {}, 1);
  EXPECT_EQ(results.error,
            "the CUDA graph of program 'main' needs memory beside the arenas, "
            "but GPU 0 (stand-in) has 2 KiB free of 130 KiB; unset "
            "MPCRT_CUDA_GRAPHS, or plan with a smaller memory budget");
  EXPECT_EQ(results.y, std::vector<float>(results.y.size()));
}

TEST_F(CUDAGraph, isAskedForByOneOrZero) {
  std::string source = forStandin(ring(1), ringKernels).dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(source.data(), source.size(),
                                            nullptr, nullptr, &exe))
                  .ok());
  Setting graphs("MPCRT_CUDA_GRAPHS", "yes");
  mpcrt_session *session = nullptr;
  EXPECT_EQ(Outcome(mpcrt_session_create(exe, nullptr, &session)).message,
            "MPCRT_CUDA_GRAPHS: expected 0 or 1, found 'yes'");
  mpcrt_executable_destroy(exe);
}

} // namespace

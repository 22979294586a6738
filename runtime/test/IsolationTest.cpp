//===- IsolationTest.cpp - Kernels see their own arena only ---------------===//
#include "TestSession.h"
#include <atomic>
#include <gtest/gtest.h>

using namespace mpcrt::test;

namespace {

std::atomic<char *> leaked{nullptr};

void leakAddress(char *const *buffers, const int64_t *, int64_t, int64_t) {
  leaked = buffers[0];
}

void readLeaked(char *const *buffers, const int64_t *, int64_t, int64_t) {
  buffers[0][0] = *static_cast<volatile char *>(leaked.load());
}

void touchOwn(char *const *buffers, const int64_t *, int64_t begin,
              int64_t end) {
  for (int64_t i = begin; i < end; ++i)
    reinterpret_cast<float *>(buffers[0])[i] += 1;
}

const Kernels kernels = {
    {"leak", leakAddress}, {"read", readLeaked}, {"touch", touchOwn}};

mpcrt_options isolated() {
  mpcrt_options options = {};
  options.isolate = 1;
  return options;
}

/// Device 1 reads from device 0's arena, behind the runtime's back.
json trespass() {
  ManifestBuilder b(2);
  b.kernel("leak").kernel("read").group({0, 1});
  int leak = b.body({64, 4}, {kernelLaunch(0, {0}, {}, 1), allReduce(1, 1, 1)});
  int read = b.body({64, 4}, {allReduce(1, 1, 1), kernelLaunch(1, {0}, {}, 1)});
  b.act(0, leak, {0, 64}, {0}).act(1, read, {0, 64}, {0});
  return b.manifest;
}

TEST(IsolationDeathTest, readingAnotherArenaCrashes) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        TestSession session(trespass(), kernels, isolated());
        session.run();
      },
      "");
}

TEST(Isolation, withoutItTheSameProgramGoesThrough) {
  TestSession session(trespass(), kernels);
  EXPECT_TRUE(session.run().ok());
}

TEST(Isolation, collectivesAndMessagesMayReadPeers) {
  ManifestBuilder b(3);
  b.kernel("touch").group({0, 1, 2}).channel(0, 1).channel(1, 2);
  b.output("y", "f32", {3, 20000})
      .variable("w", "f32", {20000}, {shard(0, 0, {0}, {20000})});
  b.manifest["arenas"] = std::vector<json>(3, {{"bytes", 1 << 18}});
  int touch = b.body({80000},
                     {kernelLaunch(0, {0}, {}, 20000), allReduce(0, 0, 20000)});
  int last = b.body({80000}, {fetch(0, 0, {0, 1}, {1, 20000})});
  b.act(0, touch, {0}, {0}).act(1, touch, {80000}, {0}).act(2, touch, {0}, {0});
  b.manifest["programs"][0]["devices"][1]["actions"][0]["offsets"] = {0};
  b.message(0, "send", 0, 1, 0, 64).message(1, "recv", 0, 1, 131072, 64);
  b.message(1, "send", 1, 1, 0, 64).message(2, "recv", 1, 1, 131072, 64);
  for (int d : {0, 1, 2})
    b.act(d, last, {0}, {d, 0});
  TestSession session(b.manifest, kernels, isolated());
  std::vector<float> y(60000), w(20000, 4.0f);
  ASSERT_TRUE(Outcome(mpcrt_session_write(session.get(), "w", nullptr, nullptr,
                                          w.data(), 80000))
                  .ok());
  ASSERT_EQ(session.run({}, {bufferOf(y)}).message, "");
  EXPECT_EQ(y, std::vector<float>(60000, 7.0f)); // (4 + 1) + 1 + 1
  ASSERT_TRUE(Outcome(mpcrt_session_read(session.get(), "w", nullptr, nullptr,
                                         w.data(), 80000))
                  .ok());
  EXPECT_EQ(w, std::vector<float>(20000, 7.0f));
}

} // namespace

//===- ExecutorTest.cpp - Kernels, host boxes, messages, variables --------===//
#include "TestSession.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt::test;

namespace {

/// buffers: x, y; y = scalar * x.
void scale(char *const *buffers, const int64_t *scalars, int64_t begin,
           int64_t end) {
  auto *x = reinterpret_cast<const float *>(buffers[0]);
  auto *y = reinterpret_cast<float *>(buffers[1]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = static_cast<float>(scalars[0]) * x[i];
}

/// Writes begin of the slice to every element: shows how an extent was cut.
void markSlices(char *const *buffers, const int64_t *, int64_t begin,
                int64_t end) {
  auto *y = reinterpret_cast<float *>(buffers[0]);
  for (int64_t i = begin; i < end; ++i)
    y[i] = static_cast<float>(begin);
}

const Kernels kernels = {{"scale", scale}, {"mark", markSlices}};

std::vector<float> iota(size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

TEST(Executor, feedsRunsAndFetchesBoxes) {
  // Each of two devices takes half of the columns of [4, 6] and scales them.
  ManifestBuilder b(2);
  b.kernel("scale").input("x", "f32", {4, 6}).output("y", "f32", {4, 6});
  int body = b.body({48, 48}, {feed(0, 0, {0, 1}, {4, 3}),
                               kernelLaunch(0, {0, 1}, {2}, 12),
                               fetch(0, 1, {0, 1}, {4, 3})});
  b.act(0, body, {0, 64}, {0, 0, 2}).act(1, body, {128, 0}, {0, 3, 10});
  TestSession session(b.manifest, kernels);
  std::vector<float> x = iota(24), y(24);
  Outcome outcome = session.run({bufferOf(x)}, {bufferOf(y)});
  ASSERT_EQ(outcome.message, "");
  for (int i = 0; i < 24; ++i)
    EXPECT_EQ(y[i], x[i] * (i % 6 < 3 ? 2.0f : 10.0f)) << i;
  EXPECT_EQ(session.counters(0).kernels, 1);
  EXPECT_EQ(session.counters(1).actions, 1);
}

TEST(Executor, cutsExtentsInFixedMultiplesOfTheGrain) {
  ManifestBuilder b(1);
  b.kernel("mark").output("y", "f32", {10});
  int body =
      b.body({64}, {kernelLaunch(0, {0}, {}, 10, 4), fetch(0, 0, {0}, {10})});
  b.act(0, body, {0}, {0});
  mpcrt_options two = {};
  two.threads_per_device = 2;
  TestSession session(b.manifest, kernels, two);
  std::vector<float> y(10);
  ASSERT_TRUE(session.run({}, {bufferOf(y)}).ok());
  // Three grains on two threads: [0, 8) and [8, 10).
  EXPECT_EQ(y, (std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0, 8, 8}));
}

TEST(Executor, callsSmallExtentsOnce) {
  ManifestBuilder b(1);
  b.kernel("mark").output("y", "f32", {10});
  int body =
      b.body({64}, {kernelLaunch(0, {0}, {}, 10, 64), fetch(0, 0, {0}, {10})});
  b.act(0, body, {0}, {0});
  mpcrt_options four = {};
  four.threads_per_device = 4;
  TestSession session(b.manifest, kernels, four);
  std::vector<float> y(10, -1);
  ASSERT_TRUE(session.run({}, {bufferOf(y)}).ok());
  EXPECT_EQ(y, std::vector<float>(10, 0.0f));
}

TEST(Executor, copiesStridedBoxesAndFills) {
  // Transposes [2, 3] to [3, 2] inside a buffer filled with zeros.
  ManifestBuilder b(1);
  b.input("x", "f32", {2, 3}).output("y", "f32", {8});
  json transpose = {{"op", "copy"},
                    {"src", 0},
                    {"dst", 1},
                    {"elem", 4},
                    {"shape", {3, 2}},
                    {"src_offset", 0},
                    {"dst_offset", 2},
                    {"src_strides", {1, 3}},
                    {"dst_strides", {2, 1}}};
  json fill = {{"op", "fill"}, {"dst", 1}, {"bytes", 32}, {"value", 0}};
  int body = b.body({24, 32}, {feed(0, 0, {0, 0}, {2, 3}), fill, transpose,
                               fetch(0, 1, {0}, {8})});
  b.act(0, body, {0, 64}, {0});
  TestSession session(b.manifest);
  std::vector<float> x = iota(6), y(8, -1);
  ASSERT_TRUE(session.run({bufferOf(x)}, {bufferOf(y)}).ok());
  EXPECT_EQ(y, (std::vector<float>{0, 0, 0, 3, 1, 4, 2, 5}));
}

TEST(Executor, accumulatesFetchesInDeviceThenMicroOrder) {
  // 1e8 swallows a 1 in f32: the result tells the order of addition.
  ManifestBuilder b(2);
  b.input("x", "f32", {4}).output("loss", "f32", {});
  json add = fetch(0, 0, {}, {});
  add["accumulate"] = true;
  add["if"] = 1;
  int body = b.body({4}, {feed(0, 0, {0}, {1}), add});
  // Device 0 performs micro-batch 1 before 0; device 1's micro 1 is switched
  // off.
  b.act(0, body, {0}, {1, 1}, 1).act(0, body, {0}, {0, 1}, 0);
  b.act(1, body, {0}, {2, 1}, 0).act(1, body, {0}, {3, 0}, 1);
  TestSession session(b.manifest);
  std::vector<float> x = {1e8f, 1.0f, -1e8f, 7.0f}, loss = {123.0f};
  for (int step = 0; step < 3; ++step) {
    ASSERT_TRUE(session.run({bufferOf(x)}, {bufferOf(loss)}).ok());
    EXPECT_EQ(loss[0], 0.0f + 1e8f + 1.0f + -1e8f);
  }
  std::vector<float> other = {1e8f, -1e8f, 1.0f, 7.0f};
  ASSERT_TRUE(session.run({bufferOf(other)}, {bufferOf(loss)}).ok());
  EXPECT_EQ(loss[0], 1.0f);
}

TEST(Executor, passesMessagesInOrder) {
  ManifestBuilder b(2);
  b.channel(0, 1).input("x", "f32", {8}).output("y", "f32", {8});
  int give = b.body({16, 16}, {feed(0, 0, {0}, {4}), feed(0, 1, {1}, {4})});
  int take = b.body({16, 16}, {fetch(0, 0, {0}, {4}), fetch(0, 1, {1}, {4})});
  b.act(0, give, {0, 64}, {0, 4})
      .message(0, "send", 0, 7, 0, 16)
      .message(0, "send", 0, 8, 64, 16)
      .message(0, "wait_send", 0, 8)
      .message(0, "wait_send", 0, 7);
  b.message(1, "recv", 0, 7, 128, 16)
      .message(1, "recv", 0, 8, 256, 16)
      .act(1, take, {128, 256}, {4, 0});
  TestSession session(b.manifest);
  std::vector<float> x = iota(8), y(8);
  for (int step = 0; step < 100; ++step) {
    x[0] = static_cast<float>(step);
    Outcome outcome = session.run({bufferOf(x)}, {bufferOf(y)});
    ASSERT_EQ(outcome.message, "");
    ASSERT_EQ(y, (std::vector<float>{4, 5, 6, 7, x[0], 1, 2, 3}));
  }
  EXPECT_EQ(session.counters(0).sends, 200);
  EXPECT_EQ(session.counters(1).receive_bytes, 100 * 32);
}

TEST(Session, keepsVariablesAndScattersBoxes) {
  // [4, 6]: columns split over devices 0 and 1, columns [0, 3) also on
  // device 2.
  ManifestBuilder b(3);
  b.variable("w", "f32", {4, 6},
             {shard(0, 0, {0, 0}, {4, 3}), shard(1, 64, {0, 3}, {4, 3}),
              shard(2, 128, {0, 0}, {4, 3})});
  b.output("replica", "f32", {4, 3});
  int body = b.body({48}, {fetch(0, 0, {0, 0}, {4, 3})});
  b.act(2, body, {128}, {0});
  TestSession session(b.manifest);
  std::vector<float> w = iota(24), back(24), replica(12);
  ASSERT_EQ(Outcome(mpcrt_session_write(session.get(), "w", nullptr, nullptr,
                                        w.data(), 96))
                .message,
            "");
  ASSERT_TRUE(Outcome(mpcrt_session_read(session.get(), "w", nullptr, nullptr,
                                         back.data(), 96))
                  .ok());
  EXPECT_EQ(back, w);
  int64_t begin[] = {1, 2}, size[] = {2, 2};
  std::vector<float> box = {100, 101, 102, 103}, boxBack(4);
  ASSERT_TRUE(Outcome(mpcrt_session_write(session.get(), "w", begin, size,
                                          box.data(), 16))
                  .ok());
  ASSERT_TRUE(Outcome(mpcrt_session_read(session.get(), "w", begin, size,
                                         boxBack.data(), 16))
                  .ok());
  EXPECT_EQ(boxBack, box);
  ASSERT_TRUE(session.run({}, {bufferOf(replica)}).ok());
  EXPECT_EQ(replica,
            (std::vector<float>{0, 1, 2, 6, 7, 100, 12, 13, 102, 18, 19, 20}));
  EXPECT_EQ(Outcome(mpcrt_session_read(session.get(), "w", begin, size,
                                       boxBack.data(), 12))
                .message,
            "'w' needs 16 bytes for this box, found 12");
  begin[1] = 5;
  EXPECT_EQ(Outcome(mpcrt_session_read(session.get(), "w", begin, size,
                                       boxBack.data(), 16))
                .code,
            MPCRT_INVALID_ARGUMENT);
  EXPECT_EQ(Outcome(mpcrt_session_read(session.get(), "v", begin, size,
                                       boxBack.data(), 16))
                .code,
            MPCRT_NOT_FOUND);
}

TEST(Session, reportsMemoryAndTrace) {
  ManifestBuilder b(2, 4096);
  int body = b.body({16}, json::array());
  b.act(0, body, {0}).act(0, body, {0}).act(1, body, {0});
  mpcrt_options traced = {};
  traced.trace = 1;
  TestSession session(b.manifest, {}, traced);
  ASSERT_TRUE(session.run().ok());
  mpcrt_memory memory = {};
  ASSERT_TRUE(Outcome(mpcrt_session_memory(session.get(), 1, &memory)).ok());
  EXPECT_EQ(memory.predicted, 4096);
  EXPECT_EQ(memory.allocated, 4096);
  std::vector<mpcrt_trace_event> events(8);
  size_t count = 0;
  ASSERT_TRUE(Outcome(mpcrt_session_trace(session.get(), events.data(),
                                          events.size(), &count))
                  .ok());
  ASSERT_EQ(count, 3u);
  EXPECT_EQ(events[0].action, 1);
  EXPECT_EQ(events[1].action, 2);
  EXPECT_EQ(events[2].device, 1);
  for (size_t i = 0; i < count; ++i)
    EXPECT_LE(events[i].start_ns, events[i].end_ns);
  EXPECT_LE(events[0].end_ns, events[1].start_ns);
}

TEST(Session, refusesWrongArguments) {
  ManifestBuilder b(1);
  b.input("x", "f32", {4});
  TestSession session(b.manifest);
  std::vector<float> x(3);
  EXPECT_EQ(session.run({bufferOf(x)}).message,
            "input 'x' needs 16 bytes, found 12");
  EXPECT_EQ(session.run().message, "the program has 1 inputs, found 0");
  EXPECT_EQ(Outcome(mpcrt_session_run(session.get(), 5, nullptr, 0, nullptr, 0))
                .message,
            "there is no program 5");
  x.resize(4);
  EXPECT_TRUE(session.run({bufferOf(x)}).ok()); // not poisoned
}

} // namespace

//===- FailureTest.cpp - Timeouts, poisoned sessions, bad manifests -------===//
#include "TestSession.h"
#include <chrono>
#include <gtest/gtest.h>

using namespace mpcrt::test;

namespace {

mpcrt_options quick() {
  mpcrt_options options = {};
  options.timeout_ms = 50;
  return options;
}

TEST(Failure, collectiveTimesOutNamingActionAndMissingDevices) {
  ManifestBuilder b(4);
  b.group({0, 1, 2, 3});
  int body = b.body({16}, {allReduce(0, 0, 4)});
  b.act(1, body, {0}, {0}, 2);
  TestSession session(b.manifest, {}, quick());
  Outcome outcome = session.run();
  EXPECT_EQ(outcome.code, MPCRT_TIMEOUT);
  EXPECT_EQ(outcome.message,
            "device 1 waited 50 ms in all_reduce of group 0 (action 1 "
            "'forward', stage 0, micro-batch 2); missing: device 0, 2, 3");
}

TEST(Failure, poisonsTheSession) {
  ManifestBuilder b(2);
  b.group({0, 1});
  b.act(1, b.body({16}, {allReduce(0, 0, 4)}), {0}, {0});
  b.variable("w", "f32", {1}, {shard(0, 0, {0}, {1})});
  TestSession session(b.manifest, {}, quick());
  std::string first = session.run().message;
  Outcome second = session.run();
  EXPECT_EQ(second.code, MPCRT_POISONED);
  EXPECT_EQ(second.message, "an earlier run of this session failed: " + first);
  float w = 0;
  EXPECT_EQ(
      Outcome(mpcrt_session_read(session.get(), "w", nullptr, nullptr, &w, 4))
          .code,
      MPCRT_POISONED);
}

/// It is the device's wait for the end that is too long.
TEST(Failure, whatRunsBesideTimesOutToo) {
  ManifestBuilder b(2);
  b.group({0, 1});
  json launches = {allReduce(0, 0, 4),
                   {{"op", "fill"}, {"dst", 1}, {"bytes", 16}, {"value", 0}},
                   {{"op", "await"}, {"launch", 0}}};
  b.act(1, b.body({16, 16}, launches), {0, 64}, {0}, 2);
  TestSession session(b.manifest, {}, quick());
  Outcome outcome = session.run();
  EXPECT_EQ(outcome.code, MPCRT_TIMEOUT);
  EXPECT_NE(outcome.message.find(
                "ms in all_reduce of group 0 (action 1 'forward', stage 0, "
                "micro-batch 2); missing: device 0"),
            std::string::npos)
      << outcome.message;
}

TEST(Failure, crossedMessagesTimeOut) {
  ManifestBuilder b(2);
  b.channel(0, 1).channel(1, 0);
  // Each sends on what it has received.
  b.message(0, "recv", 1, 5, 0, 64).message(0, "send", 0, 5, 0, 64);
  b.message(1, "recv", 0, 5, 0, 64).message(1, "send", 1, 5, 0, 64);
  TestSession session(b.manifest, {}, quick());
  Outcome outcome = session.run();
  EXPECT_EQ(outcome.code, MPCRT_TIMEOUT);
  EXPECT_NE(outcome.message.find("waited 50 ms in recv on channel"),
            std::string::npos)
      << outcome.message;
}

TEST(Failure, oneFailureEndsEverybodysWaitAtOnce) {
  // Devices 0 and 1 meet with different sizes; device 2 waits for 3, who waits
  // for 0. Nobody may wait for the full timeout.
  ManifestBuilder b(4);
  b.group({0, 1}).group({2, 3}).group({0, 3});
  int four = b.body({32}, {allReduce(0, 0, 4)});
  int eight = b.body({32}, {allReduce(0, 0, 8)});
  b.act(0, four, {0}, {0}).act(0, four, {0}, {2});
  b.act(1, eight, {0}, {0});
  b.act(2, four, {0}, {1});
  b.act(3, four, {0}, {2}).act(3, four, {0}, {1});
  TestSession session(b.manifest);
  auto start = std::chrono::steady_clock::now();
  Outcome outcome = session.run();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(outcome.code, MPCRT_MISMATCH);
}

TEST(Failure, statusesTellWhere) {
  mpcrt_executable *exe = nullptr;
  mpcrt_status *status = mpcrt_executable_load("{", 1, nullptr, nullptr, &exe);
  ASSERT_NE(status, nullptr);
  EXPECT_EQ(mpcrt_status_code(status), MPCRT_BAD_MANIFEST);
  EXPECT_NE(std::string(mpcrt_status_file(status)).find("ManifestParser.cpp"),
            std::string::npos);
  EXPECT_GT(mpcrt_status_line(status), 0);
  mpcrt_status_destroy(status);
}

TEST(Failure, unknownNamesListTheChoices) {
  ManifestBuilder b(1);
  mpcrt_options options = {};
  options.struct_size = sizeof options;
  options.communicator = "pigeon";
  auto create = [&] {
    mpcrt_executable *exe = nullptr;
    mpcrt_session *session = nullptr;
    std::string text = b.manifest.dump();
    Outcome loaded(mpcrt_executable_load(text.data(), text.size(), nullptr,
                                         nullptr, &exe));
    EXPECT_TRUE(loaded.ok());
    Outcome created(mpcrt_session_create(exe, &options, &session));
    EXPECT_EQ(session, nullptr);
    mpcrt_executable_destroy(exe);
    return created.message;
  };
  EXPECT_EQ(create(), "this build has no communicator 'pigeon'; it has "
                      "'in-process', 'processes', 'nccl'");
  b.manifest["target"] = "abacus";
  EXPECT_EQ(create(),
            "this build has no target 'abacus'; it has 'cpu', 'cuda'");
  options.struct_size = 8;
  EXPECT_EQ(create(), "'struct_size' of the options is 8, expected 40");
}

TEST(Failure, hugeArenasAreErrors) {
  ManifestBuilder b(1, int64_t{1} << 60);
  std::string text = b.manifest.dump();
  mpcrt_executable *exe = nullptr;
  ASSERT_TRUE(Outcome(mpcrt_executable_load(text.data(), text.size(), nullptr,
                                            nullptr, &exe))
                  .ok());
  mpcrt_session *session = nullptr;
  EXPECT_EQ(Outcome(mpcrt_session_create(exe, nullptr, &session)).code,
            MPCRT_OUT_OF_MEMORY);
  mpcrt_executable_destroy(exe);
}

} // namespace

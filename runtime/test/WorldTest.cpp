//===- WorldTest.cpp - Sessions and meetings of several processes ---------===//
#include "Loopback.h"
#include "TestSession.h"
#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <numeric>

using namespace mpcrt::test;
using std::chrono::milliseconds;

namespace {

/// Four devices: x is split by rows, y = all_reduce(x's parts) is fetched from
/// device 3, z collects every device's part, and sum accumulates the parts.
json fourDevices() {
  ManifestBuilder b(4);
  b.group({0, 1, 2, 3});
  b.input("x", "f32", {4, 2});
  b.output("y", "f32", {1, 2}).output("z", "f32", {4, 2});
  b.output("sum", "f32", {2});
  b.variable("w", "f32", {4, 2},
             {shard(0, 256, {0, 0}, {2, 2}), shard(1, 256, {0, 0}, {2, 2}),
              shard(2, 256, {2, 0}, {2, 2}), shard(3, 256, {2, 0}, {2, 2})});
  json whenLast = fetch(0, 1, {2, 2}, {1, 2});
  whenLast["if"] = 3;
  json part = fetch(2, 0, {2}, {2});
  part["accumulate"] = true;
  int body = b.body({8, 8}, {feed(0, 0, {1, 2}, {1, 2}), allReduce(0, 1, 2),
                             whenLast, fetch(1, 0, {1, 2}, {1, 2}), part});
  for (int d = 0; d < 4; ++d)
    b.act(d, body, {0, 64}, {0, d, 0, d == 3});
  return b.manifest;
}

TEST(World, sessionsShareTheDevicesAndRankZeroHasTheOutputs) {
  for (int ranks : {2, 4})
    onRanks(ranks, milliseconds(20000), [&](int rank, mpcrt_world *world) {
      TestSession session(fourDevices(), {}, inWorld(world));
      std::vector<float> x(8), y(2), z(8), sum(2);
      std::iota(x.begin(), x.end(), 1);
      for (int repeat = 0; repeat < 3; ++repeat) {
        Outcome outcome = session.run(
            {bufferOf(x)}, {bufferOf(y), bufferOf(z), bufferOf(sum)});
        ASSERT_EQ(outcome.message, "");
        if (rank == 0) {
          EXPECT_EQ(y, (std::vector<float>{16, 20}));
          EXPECT_EQ(sum, y);
          EXPECT_EQ(z, x);
        }
      }
    });
}

TEST(World, variablesAreWrittenHereAndReadTogether) {
  onRanks(2, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    TestSession session(fourDevices(), {}, inWorld(world));
    std::vector<float> w = {1, 2, 3, 4, 5, 6, 7, 8}, found(8);
    auto whole = [&](auto call, std::vector<float> &data) {
      return Outcome(call(session.get(), "w", nullptr, nullptr, data.data(),
                          data.size() * 4))
          .message;
    };
    EXPECT_EQ(whole(mpcrt_session_write, w), "");
    EXPECT_EQ(whole(mpcrt_session_read, found), "");
    if (rank == 0) {
      EXPECT_EQ(found, w);
    }
    EXPECT_EQ(whole(mpcrt_session_read_here, found),
              rank == 0 ? "a part of the box of 'w' is on device 2 of rank 1"
                        : "a part of the box of 'w' is on device 0 of rank 0");
    mpcrt_shard second = {};
    EXPECT_TRUE(
        Outcome(mpcrt_session_shard(session.get(), "w", 1, &second)).ok());
    EXPECT_EQ(second.device, 2);
    EXPECT_EQ(second.begin[0], 2);
    EXPECT_EQ(second.is_here, rank == 1);
    EXPECT_TRUE(
        Outcome(mpcrt_session_shard(session.get(), "w", 2, &second)).ok());
    EXPECT_EQ(second.device, -1);
  });
}

TEST(World, rowsAreThoseThatTheDevicesFeed) {
  onRanks(2, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    TestSession session(fourDevices(), {}, inWorld(world));
    std::vector<uint8_t> rows(4);
    EXPECT_TRUE(Outcome(mpcrt_session_input_rows(session.get(), 0, 0,
                                                 rows.data(), rows.size()))
                    .ok());
    EXPECT_EQ(rows, rank == 0 ? (std::vector<uint8_t>{1, 1, 0, 0})
                              : (std::vector<uint8_t>{0, 0, 1, 1}));
  });
}

TEST(World, devicesMustBeAMultipleOfTheProcesses) {
  onRanks(3, milliseconds(20000), [&](int, mpcrt_world *world) {
    mpcrt_executable *exe = nullptr;
    std::string text = fourDevices().dump();
    ASSERT_TRUE(Outcome(mpcrt_executable_load(text.data(), text.size(), nullptr,
                                              nullptr, &exe))
                    .ok());
    mpcrt_options options = inWorld(world);
    options.struct_size = sizeof options;
    mpcrt_session *session = nullptr;
    EXPECT_EQ(Outcome(mpcrt_session_create(exe, &options, &session)).message,
              "4 devices cannot be shared evenly by 3 processes");
    mpcrt_executable_destroy(exe);
  });
}

TEST(World, whoeverIsMissingInARunIsNamedByAll) {
  onRanks(4, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    TestSession session(fourDevices(), {}, inWorld(world, 500));
    if (rank == 2)
      return;
    std::vector<float> x(8), y(2), z(8), sum(2);
    Outcome outcome =
        session.run({bufferOf(x)}, {bufferOf(y), bufferOf(z), bufferOf(sum)});
    // Either it is the first to wait too long, or it hears of that one.
    EXPECT_TRUE(outcome.code == MPCRT_TIMEOUT ||
                outcome.code == MPCRT_PEER_FAILED)
        << outcome.message;
    std::string action = std::to_string(rank + 1);
    EXPECT_EQ(
        outcome.message.find("device " + std::to_string(rank) + " waited "), 0u)
        << outcome.message;
    EXPECT_NE(outcome.message.find("(action " + action +
                                   " 'forward', stage 0); missing: device 2 "
                                   "(rank 2)"),
              std::string::npos)
        << outcome.message;
  });
}

TEST(World, meetingsCompareWhatTheyAreAbout) {
  onRanks(2, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    int32_t mine = rank + 5, all[2] = {};
    EXPECT_TRUE(
        Outcome(mpcrt_world_share(world, "numbers", &mine, 4, all, 1)).ok());
    EXPECT_EQ(all[0], 5);
    EXPECT_EQ(all[1], 6);
    std::string text = rank == 0 ? "hello" : "-----";
    EXPECT_TRUE(
        Outcome(mpcrt_world_broadcast(world, "text", text.data(), 5)).ok());
    EXPECT_EQ(text, "hello");
    Outcome other(
        mpcrt_world_share(world, rank ? "lunch" : "dinner", &mine, 4, all, 1));
    EXPECT_EQ(other.code, MPCRT_MISMATCH);
    EXPECT_EQ(other.message, rank ? "rank 1 is at 'lunch' with 4 bytes, rank 0 "
                                    "at 'dinner' with 4"
                                  : "rank 0 is at 'dinner' with 4 bytes, rank "
                                    "1 at 'lunch' with 4");
  });
}

TEST(World, patientMeetingsLastAsLongAsTheOthersAreHeard) {
  onRanks(2, milliseconds(200), [&](int rank, mpcrt_world *world) {
    if (rank == 1)
      std::this_thread::sleep_for(milliseconds(700));
    EXPECT_EQ(Outcome(mpcrt_world_share(world, "late", nullptr, 0, nullptr, 1))
                  .message,
              "");
    if (rank == 1) {
      std::this_thread::sleep_for(milliseconds(700));
      return;
    }
    Outcome hurry(mpcrt_world_share(world, "now", nullptr, 0, nullptr, 0));
    EXPECT_EQ(hurry.code, MPCRT_TIMEOUT);
    EXPECT_NE(hurry.message.find("ms at 'now'; missing: rank 1"),
              std::string::npos)
        << hurry.message;
  });
}

TEST(World, aNoticeOfFailureEndsTheOthersWait) {
  onRanks(3, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    if (rank == 2) {
      mpcrt_world_announce(world, "the disk is on fire");
      return;
    }
    Outcome outcome(mpcrt_world_share(world, "x", nullptr, 0, nullptr, 1));
    EXPECT_EQ(outcome.code, MPCRT_PEER_FAILED);
    EXPECT_NE(outcome.message.find("rank 2 failed: the disk is on fire"),
              std::string::npos)
        << outcome.message;
    char text[256];
    mpcrt_world_failure(world, 2, text, sizeof text);
    EXPECT_STREQ(text, "the disk is on fire");
    mpcrt_world_failure(world, 1, text, sizeof text);
    EXPECT_STREQ(text, "");
  });
}

TEST(World, tellsWhatItWaitsFor) {
  std::atomic<mpcrt_world *> first{nullptr};
  onRanks(2, milliseconds(20000), [&](int rank, mpcrt_world *world) {
    char text[256] = "";
    if (rank == 0)
      first.store(world);
    while (rank == 1 && !std::strstr(text, "missing: rank 1"))
      if (mpcrt_world *other = first.load())
        mpcrt_world_waits(other, text, sizeof text);
    EXPECT_EQ(Outcome(mpcrt_world_share(world, "tea", nullptr, 0, nullptr, 1))
                  .message,
              "");
    if (rank == 1) {
      EXPECT_EQ(std::string(text).find("rank 0 waited "), 0u) << text;
    }
    mpcrt_world_waits(world, text, sizeof text);
    EXPECT_STREQ(text, "");
  });
}

TEST(World, aMissingPluginIsAClearError) {
  mpcrt_world_options options = {sizeof options, 0, "/nowhere/plugin.so"};
  mpcrt_world *world = nullptr;
  Outcome outcome(mpcrt_world_open(&options, &world));
  EXPECT_EQ(outcome.code, MPCRT_UNSUPPORTED);
  EXPECT_EQ(
      outcome.message.find("cannot load the plugin for several processes: "
                           "/nowhere/plugin.so"),
      0u)
      << outcome.message;
}

} // namespace

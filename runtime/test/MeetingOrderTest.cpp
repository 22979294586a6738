//===- MeetingOrderTest.cpp - One order for what devices do together ------===//
#include "comm/MeetingOrder.h"
#include "TestSession.h"
#include "core/Error.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

std::vector<MeetingList> order(const ManifestBuilder &b) {
  Manifest manifest = parseManifest(b.manifest.dump());
  return orderMeetings(manifest.programs[0], manifest.groups,
                       manifest.channels);
}

std::string errorOf(const ManifestBuilder &b) {
  try {
    order(b);
  } catch (const Error &e) {
    EXPECT_EQ(e.code, MPCRT_MISMATCH);
    return e.message;
  }
  return "";
}

/// "C" for a collective, else the number of messages.
std::string shapeOf(const MeetingList &list) {
  std::string shape;
  for (const Meeting &meeting : list.meetings)
    shape += meeting.isCollective ? "C" : std::to_string(meeting.parts);
  return shape;
}

using Numbers = std::vector<int32_t>;

TEST(MeetingOrder, neighboursExchangeBothWaysAtOnce) {
  ManifestBuilder b(2);
  b.channel(0, 1).channel(1, 0);
  for (int micro = 0; micro < 3; ++micro)
    for (int d : {0, 1})
      b.message(d, "send", d, micro, 0, 64)
          .message(d, "recv", 1 - d, micro, 64, 64)
          .message(d, "wait_send", d, micro);
  for (const MeetingList &list : order(b)) {
    EXPECT_EQ(shapeOf(list), "222");
    EXPECT_EQ(list.ofSend, (Numbers{0, 1, 2}));
    EXPECT_EQ(list.ofReceive, (Numbers{0, 1, 2}));
  }
}

TEST(MeetingOrder, aRingPassesOnAtOnce) {
  constexpr int devices = 5;
  ManifestBuilder b(devices);
  for (int d = 0; d < devices; ++d)
    b.channel(d, (d + 1) % devices);
  for (int d = 0; d < devices; ++d)
    b.message(d, "send", d, 0, 0, 64)
        .message(d, "recv", (d + devices - 1) % devices, 0, 64, 64);
  for (const MeetingList &list : order(b))
    EXPECT_EQ(shapeOf(list), "2");
}

/// A device's thread of receives asks for one after the other.
TEST(MeetingOrder, aDeviceReceivesOneMessageAtATime) {
  ManifestBuilder b(3);
  b.channel(1, 0).channel(2, 0);
  b.message(0, "recv", 0, 0, 0, 64).message(0, "recv", 1, 0, 64, 64);
  b.message(1, "send", 0, 0, 0, 64).message(2, "send", 1, 0, 0, 64);
  std::vector<MeetingList> lists = order(b);
  EXPECT_EQ(shapeOf(lists[0]), "11");
  EXPECT_EQ(lists[0].ofReceive, (Numbers{0, 1}));
  EXPECT_NE(lists[1].meetings[0].number, lists[2].meetings[0].number);
}

/// What is received first, computed with and sent on is no exchange.
TEST(MeetingOrder, whatDependsOnAMessageComesAfterIt) {
  ManifestBuilder b(2);
  b.channel(0, 1).channel(1, 0);
  b.message(0, "send", 0, 0, 0, 64).message(0, "recv", 1, 0, 64, 64);
  b.message(1, "recv", 0, 0, 0, 64).message(1, "send", 1, 0, 0, 64);
  for (const MeetingList &list : order(b))
    EXPECT_EQ(shapeOf(list), "11");
}

/// A receive that was posted early does not stand in the way.
TEST(MeetingOrder, receivesComeWhenTheyAreSent) {
  ManifestBuilder b(2);
  b.channel(1, 0).group({0, 1});
  int reduce = b.body({64, 64}, {allReduce(0, 1, 16)});
  b.message(0, "recv", 0, 0, 4096, 64);
  b.act(0, reduce, {0, 64}, {0}).act(0, reduce, {0, 64}, {0});
  b.act(1, reduce, {0, 64}, {0}).act(1, reduce, {0, 64}, {0});
  b.message(1, "send", 0, 0, 0, 64);
  for (const MeetingList &list : order(b)) {
    EXPECT_EQ(shapeOf(list), "CC1");
    EXPECT_EQ(list.ofCollective, (Numbers{0, 1}));
  }
}

TEST(MeetingOrder, groupsOfOneAreNone) {
  ManifestBuilder b(2);
  b.group({0}).group({0, 1}).group({1});
  int reduce = b.body({64, 64}, {allReduce(0, 1, 16)});
  b.act(0, reduce, {0, 64}, {0}).act(0, reduce, {0, 64}, {1});
  b.act(1, reduce, {0, 64}, {1}).act(1, reduce, {0, 64}, {2});
  for (const MeetingList &list : order(b))
    EXPECT_EQ(shapeOf(list), "C");
}

TEST(MeetingOrder, listsWithoutOneAreRefused) {
  ManifestBuilder b(2);
  b.group({0, 1}).group({1, 0});
  int reduce = b.body({64, 64}, {allReduce(0, 1, 16)});
  b.act(0, reduce, {0, 64}, {0}).act(0, reduce, {0, 64}, {1});
  b.act(1, reduce, {0, 64}, {1}).act(1, reduce, {0, 64}, {0});
  EXPECT_EQ(errorOf(b),
            "the devices' lists have no common order: device 0 waits in "
            "all_reduce of group 0 (action 1 'forward', stage 0); device 1 "
            "waits in all_reduce of group 1 (action 3 'forward', stage 0); "
            "compile the model again, or report this as a bug");
}

TEST(MeetingOrder, crossedMessagesAreRefused) {
  ManifestBuilder b(2);
  b.channel(0, 1).channel(1, 0);
  for (int d : {0, 1})
    b.message(d, "recv", 1 - d, 5, 0, 64).message(d, "send", d, 5, 0, 64);
  EXPECT_NE(errorOf(b).find("device 0 waits in recv on channel 1 from device "
                            "1 to 0 (action 1 'recv', stage 0, micro-batch 0)"),
            std::string::npos)
      << errorOf(b);
}

TEST(MeetingOrder, membersMustMeetForTheSame) {
  ManifestBuilder b(2);
  b.group({0, 1});
  b.act(0, b.body({64, 64}, {allReduce(0, 1, 16)}), {0, 64}, {0});
  b.act(1, b.body({64, 64}, {allReduce(0, 1, 8)}), {0, 64}, {0});
  EXPECT_EQ(errorOf(b), "device 1 is in all_reduce of group 0 (action 2 "
                        "'forward', stage 0), but device 0 met it with a "
                        "different all_reduce");
}

} // namespace

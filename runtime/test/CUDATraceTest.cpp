//===- CUDATraceTest.cpp - Times of a GPU's work in traces ----------------===//
//
// The stand-in's clock is moved by work alone: what streams and events order
// comes one after the other there, all else beside each other.
//
//===----------------------------------------------------------------------===//
#include "Backends.h"
#include "CUDARing.h"
#include <gtest/gtest.h>

using namespace mpcrt;
using namespace mpcrt::test;

namespace {

constexpr int messages = 3;
constexpr int64_t count = 96, bytes = count * 4;

/// Device 0 computes and sends three times. Device 1 posts all receives,
/// computes something else, and then reads what it has received.
struct Stream {
  ManifestBuilder builder{2};
  /// Positions in the lists of the devices, by message.
  std::array<size_t, messages> send, waitSend, receive, other, reader;

  Stream() {
    ManifestBuilder &b = builder;
    b.kernel("twice_and_one").channel(0, 1);
    json twice = json::array();
    for (int i = 0; i < 2; ++i)
      twice.push_back(kernelLaunch(0, {i, 1 - i}, {}, count));
    int body = b.body({bytes, bytes}, twice);
    std::array<size_t, 2> position = {};
    auto act = [&](int device, int64_t offset) {
      b.act(device, body, {offset, offset + 1024});
      return position[device]++;
    };
    auto message = [&](int device, const char *kind, int m, int64_t offset) {
      bool isWait = offset < 0;
      b.message(device, kind, 0, m, offset, isWait ? 0 : bytes);
      return position[device]++;
    };
    for (int m = 0; m < messages; ++m) {
      act(0, 2048 * m);
      send[m] = message(0, "send", m, 2048 * m);
      receive[m] = message(1, "recv", m, 2048 * m);
    }
    for (int m = 0; m < messages; ++m) {
      waitSend[m] = message(0, "wait_send", m, -1);
      other[m] = act(1, 2048 * (messages + m));
    }
    for (int m = 0; m < messages; ++m)
      reader[m] = act(1, 2048 * m);
  }
};

using Events = std::array<std::vector<mpcrt_trace_event>, 2>;

/// Those of one run, by device and position.
Events trace(const json &manifest) {
  mpcrt_options options = {};
  options.trace = 1;
  TestSession session(manifest, ringKernels, options);
  EXPECT_EQ(session.run().message, "");
  std::vector<mpcrt_trace_event> all(64);
  size_t found = 0;
  EXPECT_TRUE(Outcome(mpcrt_session_trace(session.get(), all.data(), all.size(),
                                          &found))
                  .ok());
  all.resize(found);
  Events events;
  for (const mpcrt_trace_event &event : all)
    events[event.device].push_back(event);
  for (int device = 0; device < 2; ++device) {
    const json &list = manifest["programs"][0]["devices"][device]["actions"];
    EXPECT_EQ(events[device].size(), list.size());
    for (size_t i = 0; i < list.size(); ++i) {
      EXPECT_EQ(events[device][i].action, list[i]["id"]);
      EXPECT_LE(events[device][i].start_ns, events[device][i].end_ns);
    }
  }
  return events;
}

/// What streams, and messages between them, have put in order.
void checkOrder(const Stream &s, const Events &events) {
  const auto &[sender, receiver] = events;
  for (size_t i = 1; i < sender.size(); ++i)
    EXPECT_LE(sender[i - 1].end_ns, sender[i].start_ns);
  for (size_t i = messages + 1; i < receiver.size(); ++i)
    EXPECT_LE(receiver[i - 1].end_ns, receiver[i].start_ns);
  for (int m = 0; m < messages; ++m) {
    const mpcrt_trace_event &receive = receiver[s.receive[m]];
    if (m) {
      EXPECT_LE(receiver[s.receive[m - 1]].end_ns, receive.start_ns);
    }
    EXPECT_LE(sender[s.send[m]].start_ns, receive.end_ns);
    EXPECT_LE(receive.end_ns, receiver[s.reader[m]].end_ns);
    // The end is noted when the sender may know already.
    EXPECT_LE(receive.start_ns, sender[s.waitSend[m]].end_ns);
  }
}

bool areBeside(const mpcrt_trace_event &a, const mpcrt_trace_event &b) {
  return a.start_ns < b.end_ns && b.start_ns < a.end_ns;
}

TEST(CUDATrace, hasTheOrderOfTheWork) {
  Stream s;
  checkOrder(s, trace(s.builder.manifest)); // the CPU keeps it too
  json cuda = forStandin(s.builder.manifest, ringKernels);
  int beside = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    standin::reset(seed);
    Events events = trace(cuda);
    checkOrder(s, events);
    for (int m = 0; m < messages; ++m)
      for (int other = 0; other < messages; ++other)
        beside += areBeside(events[1][s.receive[m]], events[1][s.other[other]]);
  }
  EXPECT_GT(beside, 0) << "receives never ran beside compute";
}

TEST(CUDATrace, makesItsEventsBeforehand) {
  Stream s;
  mpcrt_options options = {};
  options.trace = 1;
  TestSession session(forStandin(s.builder.manifest, ringKernels), ringKernels,
                      options);
  int before = standin::createdEvents();
  EXPECT_EQ(session.run().message, "");
  EXPECT_EQ(session.run().message, "");
  EXPECT_EQ(standin::createdEvents(), before);
}

TEST(CUDATrace, changesNoResult) {
  json manifest = ring(2);
  RingResults expected = runRing(manifest, 2);
  json cuda = forStandin(manifest, ringKernels);
  mpcrt_options options = {};
  options.trace = 1;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    standin::reset(seed);
    EXPECT_EQ(runRing(cuda, 2, [] {}, 3, options).error, "");
    standin::reset(seed);
    EXPECT_EQ(runRing(cuda, 2, [] {}, 2, options), expected);
  }
}

} // namespace

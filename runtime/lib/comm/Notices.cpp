//===- Notices.cpp - Heartbeats and notices of failure --------------------===//
#include "../core/Error.h"
#include "World.h"
#include "WorldTags.h"
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace mpcrt {

using std::chrono::milliseconds;

// How often messages are moved on while everybody computes, and how often
// somebody looks for notices otherwise.
static constexpr auto busyInterval = std::chrono::microseconds(100);
static constexpr auto idleInterval = std::chrono::microseconds(2000);

void World::expectNotice() {
  if (transport.receive(transport.state, MPCRT_ANY_RANK, NoticeTag, &incoming,
                        sizeof incoming, &expected))
    expected = 0;
}

void World::takeNotices() {
  while (expected) {
    int32_t done = 0;
    // A notice that got lost is like one that was not sent.
    if (transport.test(transport.state, &expected, &done))
      done = 1;
    if (!done)
      return;
    bool known = incoming.rank >= 0 && incoming.rank < size();
    if (known) {
      heard[incoming.rank] = Clock::now();
      progress[incoming.rank] = incoming.progress;
    }
    incoming.reason[sizeof incoming.reason - 1] = 0;
    if (known && incoming.kind == Notice::Failed) {
      failures[incoming.rank] = incoming.reason;
      if (firstFailure.empty())
        firstFailure =
            text("rank ", incoming.rank, " failed: ", incoming.reason);
      hasFailed.store(true);
    }
    expectNotice();
  }
}

/// A stopped process takes no heartbeats: it gets one at a time.
void World::beat(Clock::time_point now) {
  const auto withoutReason = offsetof(Notice, reason);
  bool due = now >= nextBeat;
  if (due)
    nextBeat = now + beatInterval;
  for (Index other = 0; other < size(); ++other) {
    if (other == rank())
      continue;
    int32_t done = 1;
    if (beats[other] && transport.test(transport.state, &beats[other], &done))
      done = 1;
    if (done)
      beats[other] = 0;
    if (!done || !due)
      continue;
    alive[other].rank = rank();
    alive[other].progress = ownProgress;
    if (transport.send(transport.state, other, NoticeTag, &alive[other],
                       withoutReason, &beats[other]))
      beats[other] = 0;
  }
}

void World::pulse() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    takeNotices();
    beat(Clock::now());
    stopped.wait_for(lock, underWay ? busyInterval : idleInterval,
                     [&] { return stopping; });
  }
}

void World::stopPulse() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  stopped.notify_all();
  if (thread.joinable())
    thread.join();
}

/// Does not wait: the one who announces has something to say too. Small
/// messages leave at once, except to those who are gone.
void World::announce(const std::string &reason) {
  {
    std::lock_guard lock(mutex);
    if (std::exchange(announced, true))
      return;
  }
  farewell.kind = Notice::Failed;
  farewell.rank = rank();
  {
    std::lock_guard lock(mutex);
    farewell.progress = ownProgress;
  }
  std::strncpy(farewell.reason, reason.c_str(), sizeof farewell.reason - 1);
  for (Index other = 0; other < size(); ++other)
    if (other != rank())
      farewells.send({other, other}, NoticeTag, &farewell, sizeof farewell);
}

void World::beatWithin(milliseconds time) {
  std::lock_guard lock(mutex);
  beatInterval = std::min(beatInterval, time / 4);
}

void World::tellProgress(const Progress &progress) {
  std::lock_guard lock(mutex);
  ownProgress = progress;
}

World::Progress World::progressOf(Index rank) const {
  std::lock_guard lock(mutex);
  return progress[rank];
}

std::string World::failure() const {
  std::lock_guard lock(mutex);
  return firstFailure;
}

std::string World::failureOf(Index rank) const {
  std::lock_guard lock(mutex);
  return rank >= 0 && rank < size() ? failures[rank] : "";
}

} // namespace mpcrt

//===- World.cpp - The processes of a run ---------------------------------===//
#include "World.h"
#include "Waiting.h"
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace mpcrt {

using std::chrono::milliseconds;

namespace {
enum Tag : int32_t { NoticeTag, MeetingTag, FirstFreeTag };

// Peers share this machine's cores: look often at first, then sleep.
constexpr int yields = 100;
constexpr auto shortestSleep = std::chrono::microseconds(20);
constexpr auto longestSleep = std::chrono::microseconds(200);
// How often messages are moved on while everybody computes, and how often
// somebody looks for notices otherwise.
constexpr auto busyInterval = std::chrono::microseconds(100);
constexpr auto idleInterval = std::chrono::microseconds(2000);

milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}
} // namespace

World::World(const mpcrt_transport &given, milliseconds timeout)
    : transport(given), longestWait(timeout), tagsUsed(FirstFreeTag),
      heard(given.size, Clock::now()), beats(given.size, 0),
      failures(given.size), farewells(*this) {
  alive.rank = rank();
  nextBeat = Clock::now();
  expectNotice();
  thread = std::thread([this] { pulse(); });
}

World::~World() {
  stopPulse();
  farewells.cancel();
}

int32_t World::reserveTags(int64_t count) {
  if (tagsUsed + count > int64_t{transport.max_tag} + 1)
    fail(MPCRT_UNSUPPORTED,
         text("the plan needs ", tagsUsed + count,
              " message tags between processes, the transport has ",
              int64_t{transport.max_tag} + 1));
  auto first = static_cast<int32_t>(tagsUsed);
  tagsUsed += count;
  return first;
}

std::string World::describeError(int32_t error) const {
  char buffer[512] = "";
  transport.describe(transport.state, error, buffer, sizeof buffer);
  return buffer;
}

//===----------------------------------------------------------------------===//
// Waits
//===----------------------------------------------------------------------===//

/// Whether a wait has lasted too long. The patient count from when the missing
/// ones were last heard, and end when one of them is silent.
bool World::isOver(const Transfers &transfers, const WaitRules &rules,
                   Clock::time_point start) const {
  Clock::time_point now = Clock::now();
  if (now < start + rules.timeout)
    return false;
  if (!rules.patient)
    return true;
  std::vector<Peer> missing = transfers.missing();
  std::lock_guard lock(mutex);
  return std::any_of(missing.begin(), missing.end(), [&](const Peer &peer) {
    return now >= heard[peer.rank] + rules.timeout;
  });
}

void World::wait(Transfers &transfers, const WaitPlace &place,
                 const WaitRules &rules) {
  Clock::time_point start = Clock::now();
  for (int i = 0; i < yields; ++i) {
    if (transfers.progress())
      return;
    std::this_thread::yield();
  }
  {
    std::lock_guard lock(mutex);
    openWaits.push_back({&place, start});
  }
  struct Closer {
    World &world;
    const WaitPlace *place;
    ~Closer() {
      std::lock_guard lock(world.mutex);
      std::erase_if(world.openWaits,
                    [&](const OpenWait &open) { return open.place == place; });
    }
  } closer{*this, &place};
  auto pause =
      std::chrono::duration_cast<std::chrono::nanoseconds>(shortestSleep);
  while (!transfers.progress()) {
    if (rules.aborted && rules.aborted->load())
      throw Cancelled();
    if (!transfers.error().empty())
      fail(MPCRT_PEER_FAILED,
           text(place.text(since(start)), ": ", transfers.error()));
    if (hasFailed.load())
      fail(MPCRT_PEER_FAILED, text(place.text(since(start)), "; ", failure()));
    if (isOver(transfers, rules, start))
      fail(MPCRT_TIMEOUT, place.text(since(start)));
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::nanoseconds>(pause * 2, longestSleep);
  }
}

void World::noteAction(const Action &action) {
  std::lock_guard lock(actionMutex);
  lastAction = {action.id, action.kind, action.chunk, action.micro};
}

std::string World::describeLastAction() const {
  std::lock_guard lock(actionMutex);
  if (!lastAction)
    return "";
  Action action;
  action.id = lastAction->id;
  action.kind = lastAction->kind;
  action.chunk = lastAction->chunk;
  action.micro = lastAction->micro;
  return text(" (after ", describeAction(action), ")");
}

std::string World::describeWaits() const {
  std::lock_guard lock(mutex);
  std::string lines;
  for (const OpenWait &open : openWaits)
    lines +=
        text(lines.empty() ? "" : "\n", open.place->text(since(open.since)));
  return lines;
}

//===----------------------------------------------------------------------===//
// Meetings
//===----------------------------------------------------------------------===//

namespace {
struct MeetingPlace final : WaitPlace {
  MeetingPlace(const Transfers &transfers, const World &world, const char *what)
      : WaitPlace(transfers), world(world), what(what) {}
  std::string text(milliseconds waited) const override {
    std::string missing;
    for (const Peer &peer : transfers.missing())
      missing += mpcrt::text(missing.empty() ? "" : ", ", peer.rank);
    return mpcrt::text("rank ", world.rank(), " waited ", waited.count(),
                       " ms at '", what, "'", world.describeLastAction(),
                       "; missing: rank ", missing);
  }
  const World &world;
  const char *what;
};

/// What processes compare when they meet.
struct Greeting {
  char what[64] = "";
  uint64_t bytes = 0;
};
} // namespace

void World::exchange(const char *what, const void *mine, size_t bytes,
                     void *all, bool patient) {
  Transfers transfers(*this);
  auto *target = static_cast<char *>(all);
  for (Index other = 0; other < size(); ++other) {
    if (other == rank()) {
      std::memcpy(target + other * bytes, mine, bytes);
      continue;
    }
    Peer peer{other, other};
    transfers.receive(peer, MeetingTag, target + other * bytes, bytes);
    transfers.send(peer, MeetingTag, mine, bytes);
  }
  wait(transfers, MeetingPlace(transfers, *this, what),
       {longestWait, patient, nullptr});
}

void World::share(const char *what, const void *mine, size_t bytes, void *all,
                  bool patient) {
  Greeting greeting;
  std::strncpy(greeting.what, what, sizeof greeting.what - 1);
  greeting.bytes = bytes;
  std::vector<Greeting> greetings(size());
  exchange(what, &greeting, sizeof greeting, greetings.data(), patient);
  for (Index other = 0; other < size(); ++other)
    if (std::strcmp(greetings[other].what, greeting.what) != 0 ||
        greetings[other].bytes != bytes)
      fail(MPCRT_MISMATCH,
           text("rank ", rank(), " is at '", what, "' with ", bytes,
                " bytes, rank ", other, " at '", greetings[other].what,
                "' with ", greetings[other].bytes));
  if (bytes)
    exchange(what, mine, bytes, all, patient);
}

void World::broadcast(const char *what, void *data, size_t bytes) {
  Transfers transfers(*this);
  if (rank() == 0)
    for (Index other = 1; other < size(); ++other)
      transfers.send({other, other}, MeetingTag, data, bytes);
  else
    transfers.receive({0, 0}, MeetingTag, data, bytes);
  wait(transfers, MeetingPlace(transfers, *this, what),
       {longestWait, /*patient=*/true, nullptr});
}

void World::bring(const char *what, Index from, void *data, size_t bytes) {
  Transfers transfers(*this);
  if (from != 0 && rank() == 0)
    transfers.receive({from, from}, MeetingTag, data, bytes);
  if (from != 0 && rank() == from)
    transfers.send({0, 0}, MeetingTag, data, bytes);
  wait(transfers, MeetingPlace(transfers, *this, what),
       {longestWait, /*patient=*/true, nullptr});
}

//===----------------------------------------------------------------------===//
// Heartbeats and notices
//===----------------------------------------------------------------------===//

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
    if (known)
      heard[incoming.rank] = Clock::now();
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
  const auto kindAndRank = offsetof(Notice, reason);
  bool due = now >= nextBeat;
  if (due)
    nextBeat = now + std::min(longestWait / 4, milliseconds(1000));
  for (Index other = 0; other < size(); ++other) {
    if (other == rank())
      continue;
    int32_t done = 1;
    if (beats[other] && transport.test(transport.state, &beats[other], &done))
      done = 1;
    if (done)
      beats[other] = 0;
    if (done && due &&
        transport.send(transport.state, other, NoticeTag, &alive, kindAndRank,
                       &beats[other]))
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
  std::strncpy(farewell.reason, reason.c_str(), sizeof farewell.reason - 1);
  for (Index other = 0; other < size(); ++other)
    if (other != rank())
      farewells.send({other, other}, NoticeTag, &farewell, sizeof farewell);
}

std::string World::failure() const {
  std::lock_guard lock(mutex);
  return firstFailure;
}

std::string World::failureOf(Index rank) const {
  std::lock_guard lock(mutex);
  return rank >= 0 && rank < size() ? failures[rank] : "";
}

void World::close() {
  share("the end", nullptr, 0, nullptr, /*patient=*/true);
  stopPulse();
  if (expected)
    transport.cancel(transport.state, &expected);
  for (mpcrt_request &request : beats)
    if (request)
      transport.cancel(transport.state, &request);
  transport.close(transport.state);
}

} // namespace mpcrt

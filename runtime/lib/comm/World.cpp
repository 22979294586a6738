//===- World.cpp - The processes of a run ---------------------------------===//
#include "World.h"
#include "Waiting.h"
#include "WorldTags.h"
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

namespace mpcrt {

using std::chrono::milliseconds;

namespace {
// Peers share this machine's cores: look often at first, then sleep.
constexpr int yields = 100;
constexpr auto shortestSleep = std::chrono::microseconds(20);
constexpr auto longestSleep = std::chrono::microseconds(200);

milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}
} // namespace

World::World(const mpcrt_transport &given, milliseconds timeout)
    : transport(given), longestWait(timeout), tagsUsed(FirstFreeTag),
      heard(given.size, Clock::now()), beats(given.size, 0), alive(given.size),
      progress(given.size), beatInterval(1000), failures(given.size),
      farewells(*this) {
  beatWithin(timeout);
  nextBeat = Clock::now();
  expectNotice();
  thread = std::thread([this] { pulse(); });
}

World::~World() {
  withdraw();
  farewells.cancel();
}

/// Nothing under way may touch this object from now on.
void World::withdraw() {
  stopPulse();
  if (mpcrt_request last = std::exchange(expected, 0))
    transport.cancel(transport.state, &last);
  for (mpcrt_request &request : beats)
    if (mpcrt_request last = std::exchange(request, 0))
      transport.cancel(transport.state, &last);
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

void World::close() {
  share("the end", nullptr, 0, nullptr, /*patient=*/true);
  withdraw();
  transport.close(transport.state);
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
  std::optional<Clock::time_point> deadline = start + rules.timeout;
  if (rules.need)
    deadline = rules.need->deadline(start, rules.timeout);
  if (!deadline || now < *deadline)
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

} // namespace mpcrt

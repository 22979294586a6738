//===- Watch.cpp - Sees to it that waiting for NCCL ends ------------------===//
#include "Watch.h"
#include <algorithm>

namespace mpcrt::cuda {

// Looking takes a lock of the driver, which those need who launch.
static constexpr auto interval = std::chrono::milliseconds(1);

Watch::Watch(const CommunicatorConfig &config, Index self,
             const CUDADevice &device, Turns &turns, Connections &connections,
             WaitContext &context)
    : config(config), self(self), device(device), turns(turns),
      connections(connections), context(context) {
  config.placement.world->beatWithin(config.timeout);
  thread = std::thread([this] { loop(); });
}

void Watch::stop() {
  {
    std::lock_guard lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  if (thread.joinable())
    thread.join();
}

void Watch::begin(const Plan &newPlan) {
  {
    std::lock_guard lock(mutex);
    turns.begin(newPlan);
    plan = &newPlan;
    ++run;
    collectives = {&plan->collectives};
    messages = {&plan->messages};
    actions = 0;
    lastMove = Clock::now();
  }
  changed.notify_all();
}

/// Does not take the lock: the thread itself comes here when it fails.
void Watch::wake() { changed.notify_all(); }

void Watch::loop() {
  device.context().makeCurrent();
  std::unique_lock lock(mutex);
  while (!stopping && !context.aborted.load()) {
    changed.wait_for(lock, interval);
    if (!isRunning())
      continue;
    try {
      look();
    } catch (...) {
      config.failed(std::current_exception());
    }
  }
  if (context.aborted.load())
    connections.abort();
}

//===----------------------------------------------------------------------===//
// How far the device is
//===----------------------------------------------------------------------===//

static bool isOver(Event event) {
  int result = driver().cuEventQuery(event);
  return result == Success;
}

/// Whether something has begun or ended.
bool Watch::follow(Lane &lane) {
  size_t before = lane.begun();
  for (; !lane.isDone(); ++lane.over, lane.hasBegun = false) {
    size_t next = (*lane.meetings)[lane.over];
    if (next >= turns.asked())
      break;
    lane.hasBegun = lane.hasBegun || isOver(turns.beginOf(next));
    if (!lane.hasBegun || !isOver(turns.endOf(next)))
      break;
  }
  return lane.begun() != before;
}

void Watch::look() {
  bool moves = follow(collectives);
  moves = follow(messages) || moves;
  size_t ended = device.endedActions(plan->program->devices[self].size());
  moves = ended != actions || moves;
  actions = ended;
  if (moves) {
    lastMove = Clock::now();
    config.placement.world->tellProgress(
        {run, static_cast<int64_t>(collectives.begun()),
         static_cast<int64_t>(messages.begun())});
  }
  if (std::string error = connections.asyncError(); !error.empty())
    failAsync(error);
  if (std::optional<size_t> meeting = standing())
    judge(*meeting);
  else if (turns.isWaitedFor() && Clock::now() >= lastMove + context.timeout)
    fail(MPCRT_INTERNAL,
         text("device ", self, " waited ", context.timeout.count(),
              " ms for its turn to communicate; report this as a bug"));
}

/// The meeting for which the device waits.
std::optional<size_t> Watch::standing() const {
  std::optional<size_t> earliest;
  for (const Lane *lane : {&collectives, &messages})
    if (lane->hasBegun) {
      size_t meeting = (*lane->meetings)[lane->over];
      earliest = std::min(earliest.value_or(meeting), meeting);
    }
  if (!earliest && turns.isAsking())
    return turns.asked();
  return earliest;
}

//===----------------------------------------------------------------------===//
// Giving up
//===----------------------------------------------------------------------===//

void Watch::judge(size_t meeting) {
  auto waited = Clock::now() - lastMove;
  // How far the others are is known up to a heartbeat.
  bool isKnown = waited >= context.timeout / 2;
  if (std::string failure = config.placement.world->failure(); !failure.empty())
    failWaiting(MPCRT_PEER_FAILED, meeting,
                text(isKnown ? missing(meeting) + "; " : "", failure));
  if (waited >= context.timeout)
    failWaiting(MPCRT_TIMEOUT, meeting, missing(meeting));
}

/// NCCL does not say in which meeting.
void Watch::failAsync(const std::string &reason) const {
  if (std::optional<size_t> meeting = standing())
    failWaiting(MPCRT_PEER_FAILED, *meeting, reason);
  if (size_t asked = turns.asked())
    failWaiting(MPCRT_PEER_FAILED, asked - 1, reason);
  fail(MPCRT_PEER_FAILED, text("device ", self, ": ", reason));
}

void Watch::failWaiting(int32_t code, size_t meeting,
                        const std::string &reason) const {
  auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
      Clock::now() - lastMove);
  std::span<const Turns::Call> calls = turns.callsOf(meeting);
  const Turns::Call *first = &calls.front();
  for (const Turns::Call &call : calls) // one that shows who is missing
    if (!call.launch && !first->dst)
      first = &call;
  fail(code, describeWait(waited, {self, nullptr, first->action},
                          describeCall(*first, *config.channels), reason));
}

/// Whether the process of a device has come to a meeting of this one.
bool Watch::isThere(Index other, size_t meeting,
                    const std::vector<MeetingList> &lists) const {
  const Meeting &own = lists[self].meetings[meeting];
  int64_t before = 0;
  for (const Meeting &theirs : lists[other].meetings) {
    if (theirs.number == own.number)
      break;
    before += theirs.isCollective == own.isCollective;
  }
  World::Progress there =
      config.placement.world->progressOf(config.placement.rankOf(other));
  return there.run > run ||
         (there.run == run &&
          (own.isCollective ? there.collectives : there.messages) > before);
}

/// "missing: device 2 (rank 2), 1 (rank 1)".
std::string Watch::missing(size_t meeting) const {
  std::vector<MeetingList> lists =
      orderMeetings(*plan->program, *config.groups, *config.channels);
  std::vector<Index> others;
  for (const Turns::Call &call : turns.callsOf(meeting)) {
    if (call.launch) {
      others = (*config.groups)[call.group];
      continue;
    }
    const Channel &channel = (*config.channels)[call.action->channel];
    others.push_back(call.src ? channel.to : channel.from);
  }
  std::string list;
  for (Index other : others)
    if (other != self && !isThere(other, meeting, lists))
      list += text(list.empty() ? "device " : ", ", other, " (rank ",
                   config.placement.rankOf(other), ")");
  return text("missing: ", list.empty()
                               ? "nobody, so NCCL itself stands still; "
                                 "NCCL_DEBUG=INFO makes it talk"
                               : list);
}

} // namespace mpcrt::cuda

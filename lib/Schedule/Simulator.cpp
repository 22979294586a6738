#include "mpc/Schedule/Simulator.h"
#include "Messages.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

using namespace llvm;
using namespace mpc::schedule;

double Timeline::bubbleRatio(int group) const {
  return makespan > 0 ? 1 - computing[group] / makespan : 0;
}

double Timeline::bubbleRatio() const {
  double total = std::accumulate(computing.begin(), computing.end(), 0.0);
  return makespan > 0 ? 1 - total / (makespan * computing.size()) : 0;
}

static constexpr double idle = std::numeric_limits<double>::infinity();

namespace {
/// Groups that share cores are simulated in *work time*, which runs at the
/// common speed of all working groups: an action that starts at work time w
/// ends at w + its duration, whatever happens to the speed in between.
class Simulation {
public:
  Simulation(const Schedule &schedule, const Costs &costs,
             const MessageTable &messages);
  Expected<Timeline> run();

private:
  struct Group {
    size_t next = 0;
    bool reached = false;
    /// Work time at which the current action ends.
    double workEnd = idle;
  };

  bool finished(int group) const {
    return groups[group].next == schedule.lists[group].size();
  }
  Error startWork();
  Expected<bool> tryStart(int group);
  Error work(int group, double duration);
  double nextArrival() const;
  bool advance();
  void finish(int group);
  Error stuck() const;

  const Schedule &schedule;
  const Costs &costs;
  const MessageTable &messages;
  std::vector<Group> groups;
  BitVector received;
  /// When messages can be received; `idle` before they are posted.
  std::vector<double> arrivals;
  double now = 0, workNow = 0;
  Timeline timeline;
};
} // namespace

Simulation::Simulation(const Schedule &schedule, const Costs &costs,
                       const MessageTable &messages)
    : schedule(schedule), costs(costs), messages(messages),
      groups(schedule.numGroups), received(messages.size()),
      arrivals(messages.size(), idle) {
  for (const std::vector<Action> &list : schedule.lists)
    timeline.spans.emplace_back(list.size());
  timeline.computing.resize(schedule.numGroups);
  timeline.copying.resize(schedule.numGroups);
}

Error Simulation::work(int group, double duration) {
  const Action &action = schedule.lists[group][groups[group].next];
  if (!std::isfinite(duration) || duration < 0)
    return createStringError("group %d: %s has duration %g", group,
                             describe(action, nullptr).c_str(), duration);
  groups[group].workEnd = workNow + duration;
  return Error::success();
}

void Simulation::finish(int group) {
  Group &state = groups[group];
  const Action &action = schedule.lists[group][state.next];
  Span &span = timeline.spans[group][state.next];
  span.end = now;
  if (action.kind == ActionKind::Send)
    arrivals[messages.idOf(action)] =
        now + (costs.latency ? costs.latency(action) : 0);
  if (action.kind == ActionKind::Recv) {
    received.set(messages.idOf(action));
    timeline.copying[group] += span.end - span.start;
  }
  if (!isTransfer(action.kind))
    timeline.computing[group] += span.end - span.start;
  state = {state.next + 1};
}

/// Starts the next action of an idle group unless it must wait; false if so.
Expected<bool> Simulation::tryStart(int group) {
  Group &state = groups[group];
  const Action &action = schedule.lists[group][state.next];
  Span &span = timeline.spans[group][state.next];
  if (!state.reached)
    span.reach = now;
  state.reached = true;
  if (action.kind == ActionKind::Send && costs.latency)
    if (double latency = costs.latency(action);
        !std::isfinite(latency) || latency < 0)
      return createStringError("group %d: %s has latency %g", group,
                               describe(action, nullptr).c_str(), latency);
  bool receives = action.kind == ActionKind::Recv;
  if (receives && arrivals[messages.idOf(action)] > now)
    return false;
  if (action.kind == ActionKind::WaitSend &&
      !received.test(messages.idOf(action)))
    return false;
  span.start = now;
  if (!isTransfer(action.kind)) {
    if (Error error = work(group, costs.compute(group, action)))
      return error;
  } else if (receives && costs.transfer) {
    if (Error error = work(group, costs.transfer(action)))
      return error;
  } else {
    finish(group);
  }
  return true;
}

/// Starts everything that can start now.
Error Simulation::startWork() {
  for (bool progress = true; progress;) {
    progress = false;
    for (int group = 0; group < schedule.numGroups; ++group)
      while (groups[group].workEnd == idle && !finished(group)) {
        Expected<bool> started = tryStart(group);
        if (!started)
          return started.takeError();
        if (!*started)
          break;
        progress = true;
      }
  }
  return Error::success();
}

/// The earliest arrival that a group is waiting for, or `idle`.
double Simulation::nextArrival() const {
  double next = idle;
  for (auto [group, state] : enumerate(groups)) {
    if (state.workEnd != idle || finished(int(group)))
      continue;
    const Action &action = schedule.lists[group][state.next];
    if (action.kind == ActionKind::Recv)
      next = std::min(next, arrivals[messages.idOf(action)]);
  }
  return next;
}

/// Goes on to the next end of work, and finishes what ends there, or to the
/// next arrival. False where there is neither.
bool Simulation::advance() {
  double workNext = idle, arrival = nextArrival();
  int working = 0;
  for (const Group &state : groups) {
    workNext = std::min(workNext, state.workEnd);
    working += state.workEnd != idle;
  }
  if (workNext == idle && arrival == idle)
    return false;
  bool crowded = costs.sharedCores > 0 && working > costs.sharedCores;
  double speed = crowded ? double(costs.sharedCores) / working : 1;
  double end = now + (workNext - workNow) / speed;
  if (arrival < end) {
    workNow += (arrival - now) * speed;
    now = arrival;
    return true;
  }
  now = end;
  workNow = workNext;
  for (auto [group, state] : enumerate(groups))
    if (state.workEnd <= workNow)
      finish(int(group));
  return true;
}

Error Simulation::stuck() const {
  for (int group = 0; group < schedule.numGroups; ++group)
    if (!finished(group))
      return createStringError(
          "deadlock: group %d waits forever in %s", group,
          describe(schedule.lists[group][groups[group].next], nullptr).c_str());
  return Error::success();
}

Expected<Timeline> Simulation::run() {
  do {
    if (Error error = startWork())
      return error;
  } while (advance());
  if (Error error = stuck())
    return error;
  timeline.makespan = now;
  return std::move(timeline);
}

Expected<Timeline> mpc::schedule::simulate(const Schedule &schedule,
                                           const Costs &costs) {
  if (Error error = checkShape(schedule))
    return error;
  Expected<MessageTable> messages = MessageTable::match(schedule, nullptr);
  if (!messages)
    return messages.takeError();
  return Simulation(schedule, costs, *messages).run();
}

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
  void advance();
  void finish(int group);
  Error stuck() const;

  const Schedule &schedule;
  const Costs &costs;
  const MessageTable &messages;
  std::vector<Group> groups;
  BitVector posted, received;
  double now = 0, workNow = 0;
  Timeline timeline;
};
} // namespace

Simulation::Simulation(const Schedule &schedule, const Costs &costs,
                       const MessageTable &messages)
    : schedule(schedule), costs(costs), messages(messages),
      groups(schedule.numGroups), posted(messages.size()),
      received(messages.size()) {
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
    posted.set(messages.idOf(action));
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
  bool receives = action.kind == ActionKind::Recv;
  if (receives && !posted.test(messages.idOf(action)))
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

/// Goes on to the next end of work and finishes what ends there.
void Simulation::advance() {
  double workNext = idle;
  int working = 0;
  for (const Group &state : groups) {
    workNext = std::min(workNext, state.workEnd);
    working += state.workEnd != idle;
  }
  bool crowded = costs.sharedCores > 0 && working > costs.sharedCores;
  double speed = crowded ? double(costs.sharedCores) / working : 1;
  now += (workNext - workNow) / speed;
  workNow = workNext;
  for (auto [group, state] : enumerate(groups))
    if (state.workEnd <= workNow)
      finish(int(group));
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
  while (true) {
    if (Error error = startWork())
      return error;
    if (all_of(groups, [](const Group &g) { return g.workEnd == idle; }))
      break;
    advance();
  }
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

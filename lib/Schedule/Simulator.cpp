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
  Simulation(const Schedule &schedule, const Program &program,
             const Costs &costs, const MessageTable &messages);
  Expected<Timeline> run();

private:
  /// Something that a group does, and the work time at which it ends.
  struct Lane {
    size_t position = 0;
    double workEnd = idle;
  };
  struct Group {
    size_t next = 0;
    bool reached = false;
    Lane main;
    /// Receives that run beside the rest: positions in the list, of which the
    /// first `received` have ended.
    std::vector<size_t> posted;
    size_t received = 0;
    Lane beside;

    bool isReceiving() const { return received < posted.size(); }
  };

  bool finished(int group) const {
    return groups[group].next == schedule.lists[group].size() &&
           !groups[group].isReceiving();
  }
  void findNeeds();
  Error startWork();
  Expected<bool> tryStart(int group);
  Expected<bool> tryReceive(int group);
  Error checkTime(int group, const Action &action, const char *what,
                  double time) const;
  Error work(int group, Lane &lane, size_t position, double duration);
  double nextArrival() const;
  bool advance();
  void finish(int group, Lane &lane);
  Error stuck() const;

  const Schedule &schedule;
  const Program &program;
  const Costs &costs;
  const MessageTable &messages;
  std::vector<Group> groups;
  BitVector received;
  /// When messages can be received; `idle` before they are posted.
  std::vector<double> arrivals;
  /// By group and position: how many receives must have ended before.
  std::vector<std::vector<size_t>> needs;
  double now = 0, workNow = 0;
  Timeline timeline;
};
} // namespace

Simulation::Simulation(const Schedule &schedule, const Program &program,
                       const Costs &costs, const MessageTable &messages)
    : schedule(schedule), program(program), costs(costs), messages(messages),
      groups(schedule.numGroups), received(messages.size()),
      arrivals(messages.size(), idle) {
  for (const std::vector<Action> &list : schedule.lists)
    timeline.spans.emplace_back(list.size());
  timeline.computing.resize(schedule.numGroups);
  timeline.copying.resize(schedule.numGroups);
  findNeeds();
}

/// Receives end in their order, so the last one that an action reads decides.
void Simulation::findNeeds() {
  for (const std::vector<Action> &list : schedule.lists)
    needs.emplace_back(list.size());
  if (messages.size() == 0)
    return;
  ProgramIndex index(program, schedule);
  for (auto [list, need] : zip(schedule.lists, needs)) {
    DenseMap<std::pair<int, int>, size_t> byValue;
    DenseMap<int, size_t> byEdge;
    size_t count = 0;
    for (auto [action, before] : zip(list, need)) {
      if (action.kind == ActionKind::Recv)
        byEdge[action.edge] = byValue[{action.edge, action.micro}] = ++count;
      if (isTransfer(action.kind))
        continue;
      int body = index.bodyOf(action);
      for (int edge : body < 0 ? std::vector<int>() : index.inputs(body)) {
        bool own = program.edges[edge].perMicro && action.micro >= 0;
        before = std::max(before, own ? byValue.lookup({edge, action.micro})
                                      : byEdge.lookup(edge));
      }
    }
  }
}

Error Simulation::checkTime(int group, const Action &action, const char *what,
                            double time) const {
  if (std::isfinite(time) && time >= 0)
    return Error::success();
  return createStringError("group %d: %s has %s %g", group,
                           describe(action, nullptr).c_str(), what, time);
}

Error Simulation::work(int group, Lane &lane, size_t position,
                       double duration) {
  timeline.spans[group][position].start = now;
  lane = {position, workNow + duration};
  return checkTime(group, schedule.lists[group][position], "duration",
                   duration);
}

void Simulation::finish(int group, Lane &lane) {
  const Action &action = schedule.lists[group][lane.position];
  Span &span = timeline.spans[group][lane.position];
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
  lane.workEnd = idle;
  Group &state = groups[group];
  if (&lane == &state.beside) {
    ++state.received;
  } else {
    ++state.next;
    state.reached = false;
  }
}

/// Starts the next action of an idle group unless it must wait; false if so.
Expected<bool> Simulation::tryStart(int group) {
  Group &state = groups[group];
  const Action &action = schedule.lists[group][state.next];
  Span &span = timeline.spans[group][state.next];
  if (!state.reached)
    span.reach = now;
  state.reached = true;
  if (action.kind == ActionKind::Recv) {
    state.posted.push_back(state.next++);
    state.reached = false;
    return true;
  }
  if (action.kind == ActionKind::Send && costs.latency)
    if (Error error =
            checkTime(group, action, "latency", costs.latency(action)))
      return error;
  if (action.kind == ActionKind::WaitSend &&
      !received.test(messages.idOf(action)))
    return false;
  if (state.received < needs[group][state.next])
    return false;
  bool computes = !isTransfer(action.kind);
  double duration = computes ? costs.compute(group, action) : 0;
  if (Error error = work(group, state.main, state.next, duration))
    return error;
  if (!computes)
    finish(group, state.main);
  return true;
}

/// The same for the receives that run beside.
Expected<bool> Simulation::tryReceive(int group) {
  Group &state = groups[group];
  size_t position = state.posted[state.received];
  const Action &action = schedule.lists[group][position];
  if (arrivals[messages.idOf(action)] > now)
    return false;
  double duration = costs.transfer ? costs.transfer(action) : 0;
  if (Error error = work(group, state.beside, position, duration))
    return error;
  if (duration == 0)
    finish(group, state.beside);
  return true;
}

/// Starts everything that can start now.
Error Simulation::startWork() {
  for (bool progress = true; progress;) {
    progress = false;
    for (int group = 0; group < schedule.numGroups; ++group) {
      Group &state = groups[group];
      auto start = [&](auto mayTry, auto attempt) -> Error {
        while (mayTry()) {
          Expected<bool> started = (this->*attempt)(group);
          if (!started)
            return started.takeError();
          if (!*started)
            break;
          progress = true;
        }
        return Error::success();
      };
      auto mayReceive = [&] {
        return state.beside.workEnd == idle && state.isReceiving();
      };
      auto mayStart = [&] {
        return state.main.workEnd == idle &&
               state.next < schedule.lists[group].size();
      };
      if (Error error = start(mayReceive, &Simulation::tryReceive))
        return error;
      if (Error error = start(mayStart, &Simulation::tryStart))
        return error;
    }
  }
  return Error::success();
}

/// The earliest arrival that a group is waiting for, or `idle`.
double Simulation::nextArrival() const {
  double next = idle;
  for (auto [state, list] : zip(groups, schedule.lists))
    if (state.beside.workEnd == idle && state.isReceiving()) {
      const Action &recv = list[state.posted[state.received]];
      next = std::min(next, arrivals[messages.idOf(recv)]);
    }
  return next;
}

/// Goes on to the next end of work, and finishes what ends there, or to the
/// next arrival. False where there is neither.
bool Simulation::advance() {
  double workNext = idle, arrival = nextArrival();
  int working = 0;
  for (const Group &state : groups)
    for (const Lane *lane : {&state.main, &state.beside}) {
      workNext = std::min(workNext, lane->workEnd);
      working += lane->workEnd != idle;
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
    for (Lane *lane : {&state.main, &state.beside})
      if (lane->workEnd <= workNow)
        finish(int(group), *lane);
  return true;
}

Error Simulation::stuck() const {
  for (int group = 0; group < schedule.numGroups; ++group) {
    const Group &state = groups[group];
    if (finished(group))
      continue;
    size_t position =
        state.isReceiving() ? state.posted[state.received] : state.next;
    return createStringError(
        "deadlock: group %d waits forever in %s", group,
        describe(schedule.lists[group][position], nullptr).c_str());
  }
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
                                           const Program &program,
                                           const Costs &costs) {
  if (Error error = checkShape(schedule))
    return error;
  Expected<MessageTable> messages = MessageTable::match(schedule, nullptr);
  if (!messages)
    return messages.takeError();
  return Simulation(schedule, program, costs, *messages).run();
}

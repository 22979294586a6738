//===- MeetingOrder.cpp - One order for what devices do together ----------===//
#include "MeetingOrder.h"
#include "../core/Collective.h"
#include "Waiting.h"
#include <algorithm>
#include <queue>
#include <tuple>

namespace mpcrt {

//===----------------------------------------------------------------------===//
// What a device does, as far as the others are concerned
//===----------------------------------------------------------------------===//

namespace {
struct Step {
  enum Kind : uint8_t {
    Work,
    StartCollective,
    AwaitCollectives, ///< the first `count`
    Send,
    Receive,
    AwaitReceives, ///< the first `count`
    AwaitSend
  } kind;
  const Action *action;
  const CollectiveLaunch *launch = nullptr;
  Index group = 0;
  size_t count = 0;
};

/// The steps of a device's list, as Executor performs it.
class StepList {
public:
  StepList(const Program &program, const std::vector<Action> &list,
           const std::vector<std::vector<Index>> &groups)
      : groups(groups) {
    for (const Action &action : list) {
      if (action.receivesBefore)
        add({Step::AwaitReceives, &action, nullptr, 0,
             static_cast<size_t>(action.receivesBefore)});
      if (action.body >= 0)
        addBody(program.bodies[action.body], action);
      else
        addTransfer(action);
    }
  }

  std::vector<Step> steps;

private:
  void add(const Step &step) { steps.push_back(step); }

  void addTransfer(const Action &action) {
    switch (action.kind) {
    case ActionKind::Send:
      return add({Step::Send, &action});
    case ActionKind::Recv:
      add({Step::Receive, &action});
      ++receives;
      if (!action.isBeside)
        add({Step::AwaitReceives, &action, nullptr, 0, receives});
      return;
    default:
      return add({Step::AwaitSend, &action});
    }
  }

  void addBody(const Body &body, const Action &action) {
    std::vector<size_t> ended(body.launches.size()); // by launch
    for (size_t i = 0; i < body.launches.size(); ++i) {
      if (auto *await = std::get_if<AwaitLaunch>(&body.launches[i]))
        add({Step::AwaitCollectives, &action, nullptr, 0,
             ended[await->launch]});
      auto *launch = std::get_if<CollectiveLaunch>(&body.launches[i]);
      if (!launch)
        continue;
      auto group = static_cast<Index>(action.scalars[launch->group]);
      if (groups[group].size() > 1) {
        add({Step::StartCollective, &action, launch, group});
        ++collectives;
      }
      ended[i] = collectives;
      if (!launch->isAwaited)
        add({Step::AwaitCollectives, &action, nullptr, 0, collectives});
    }
    add({Step::Work, &action});
  }

  const std::vector<std::vector<Index>> &groups;
  size_t collectives = 0, receives = 0;
};

//===----------------------------------------------------------------------===//
// Going through the lists
//===----------------------------------------------------------------------===//

/// A started collective or a posted receive.
struct Posted {
  const Step *step;
  int64_t time;
};

struct DeviceState {
  std::vector<Step> steps;
  size_t at = 0;     // the step that comes next
  int64_t clock = 0; // in actions
  std::vector<Posted> collectives, receives;
  size_t metCollectives = 0, metReceives = 0;
  int32_t sends = 0;
  MeetingList list;

  const Posted *nextCollective() const {
    return metCollectives < collectives.size() ? &collectives[metCollectives]
                                               : nullptr;
  }
  const Posted *nextReceive() const {
    return metReceives < receives.size() ? &receives[metReceives] : nullptr;
  }
};

struct ChannelState {
  struct Sent {
    const Action *action;
    int64_t time;
    int32_t number; // in the sender's list
  };
  std::vector<Sent> sent;
  size_t met = 0;
};

/// Something that all participants are ready for.
struct Candidate {
  int64_t time;
  bool isCollective; // messages first: they are short
  Index number;      // of the group or channel

  bool operator>(const Candidate &other) const {
    return std::tie(time, isCollective, number) >
           std::tie(other.time, other.isCollective, other.number);
  }
};

class Walk {
public:
  Walk(const Program &program, const std::vector<std::vector<Index>> &groups,
       const std::vector<Channel> &channels)
      : groups(groups), channels(channels), devices(program.devices.size()),
        traffic(channels.size()), isQueued(groups.size() + channels.size()) {
    for (size_t d = 0; d < devices.size(); ++d)
      devices[d].steps = StepList(program, program.devices[d], groups).steps;
  }

  std::vector<MeetingList> run() {
    for (size_t d = 0; d < devices.size(); ++d)
      advance(static_cast<Index>(d));
    while (!ready.empty()) {
      now = ready.top().time;
      if (ready.top().isCollective)
        meetCollective();
      else
        meetMessages();
    }
    for (const DeviceState &device : devices)
      if (device.at < device.steps.size())
        failStuck();
    std::vector<MeetingList> lists;
    for (DeviceState &device : devices)
      lists.push_back(std::move(device.list));
    return lists;
  }

private:
  void advance(Index number);
  bool perform(DeviceState &device, const Step &step);
  void considerGroup(Index group);
  void considerChannel(Index channel);
  void consider(const Candidate &candidate);
  Candidate take();
  void meetCollective();
  void meetMessages();
  void meetMessage(Index channel, std::vector<Index> &involved);
  void addPart(Index device, std::vector<int32_t> &numbers, size_t number);
  std::string describe(const DeviceState &device) const;
  [[noreturn]] void failStuck() const;

  const std::vector<std::vector<Index>> &groups;
  const std::vector<Channel> &channels;
  std::vector<DeviceState> devices;
  std::vector<ChannelState> traffic;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> ready;
  std::vector<bool> isQueued; // the groups, then the channels
  int64_t now = 0;
  int32_t meetings = 0;
};
} // namespace

void Walk::advance(Index number) {
  DeviceState &device = devices[number];
  while (device.at < device.steps.size() &&
         perform(device, device.steps[device.at]))
    ++device.at;
}

/// False where the device has to wait.
bool Walk::perform(DeviceState &device, const Step &step) {
  const Action &action = *step.action;
  auto wait = [&](bool isOver) {
    if (isOver)
      device.clock = std::max(device.clock, now);
    return isOver;
  };
  switch (step.kind) {
  case Step::Work:
    ++device.clock;
    return true;
  case Step::StartCollective:
    device.collectives.push_back({&step, device.clock});
    considerGroup(step.group);
    return true;
  case Step::Receive:
    device.receives.push_back({&step, device.clock});
    considerChannel(action.channel);
    return true;
  case Step::Send:
    traffic[action.channel].sent.push_back(
        {&action, device.clock, device.sends++});
    considerChannel(action.channel);
    return true;
  case Step::AwaitCollectives:
    return wait(device.metCollectives >= step.count);
  case Step::AwaitReceives:
    return wait(device.metReceives >= step.count);
  case Step::AwaitSend:
    return wait(traffic[action.channel].met >
                static_cast<size_t>(action.message));
  }
  return true;
}

//===----------------------------------------------------------------------===//
// What is ready
//===----------------------------------------------------------------------===//

void Walk::consider(const Candidate &candidate) {
  size_t slot = candidate.isCollective ? candidate.number
                                       : groups.size() + candidate.number;
  if (isQueued[slot])
    return;
  isQueued[slot] = true;
  ready.push(candidate);
}

/// A device's collectives are met in the order of its list.
void Walk::considerGroup(Index group) {
  int64_t time = now;
  for (Index member : groups[group]) {
    const Posted *next = devices[member].nextCollective();
    if (!next || next->step->group != group)
      return;
    time = std::max(time, next->time);
  }
  consider({time, /*isCollective=*/true, group});
}

/// So are its receives.
void Walk::considerChannel(Index channel) {
  const ChannelState &state = traffic[channel];
  const Posted *next = devices[channels[channel].to].nextReceive();
  if (!next || next->step->action->channel != channel ||
      state.met == state.sent.size())
    return;
  consider({std::max({now, next->time, state.sent[state.met].time}),
            /*isCollective=*/false, channel});
}

Candidate Walk::take() {
  Candidate candidate = ready.top();
  ready.pop();
  isQueued[candidate.isCollective ? candidate.number
                                  : groups.size() + candidate.number] = false;
  return candidate;
}

//===----------------------------------------------------------------------===//
// Meetings
//===----------------------------------------------------------------------===//

void Walk::meetCollective() {
  Index group = take().number;
  const std::vector<Index> &members = groups[group];
  const Step &first = *devices[members[0]].nextCollective()->step;
  for (Index member : members) {
    DeviceState &device = devices[member];
    const Step &step = *device.nextCollective()->step;
    if (!sameCollective(*step.launch, *first.launch))
      failDifferentCollective({member, nullptr, step.action}, group,
                              step.launch->kind, members[0],
                              first.launch->kind);
  }
  for (Index member : members) {
    DeviceState &device = devices[member];
    device.list.ofCollective.push_back(
        static_cast<int32_t>(device.list.meetings.size()));
    device.list.meetings.push_back({/*isCollective=*/true, 1, meetings});
    ++device.metCollectives;
    if (const Posted *next = device.nextCollective())
      considerGroup(next->step->group);
  }
  ++meetings;
  for (Index member : members)
    advance(member);
}

/// All messages that are ready by now. The devices go on afterwards, so none of
/// them depends on another. A device receives one of them at most, as its
/// thread of receives comes to the next one only afterwards.
void Walk::meetMessages() {
  std::vector<Index> involved;
  while (!ready.empty() && !ready.top().isCollective && ready.top().time == now)
    meetMessage(take().number, involved);
  ++meetings;
  for (Index device : involved)
    if (const Posted *next = devices[device].nextReceive())
      considerChannel(next->step->action->channel);
  for (Index device : involved)
    advance(device);
}

void Walk::meetMessage(Index number, std::vector<Index> &involved) {
  const Channel &channel = channels[number];
  DeviceState &receiver = devices[channel.to];
  const ChannelState::Sent &sent = traffic[number].sent[traffic[number].met++];
  const Action &expected = *receiver.nextReceive()->step->action;
  if (sent.action->tag != expected.tag || sent.action->bytes != expected.bytes)
    failDifferentMessage({channel.to, nullptr, &expected}, number, channel.from,
                         *sent.action);
  addPart(channel.from, devices[channel.from].list.ofSend, sent.number);
  addPart(channel.to, receiver.list.ofReceive, receiver.metReceives++);
  involved.insert(involved.end(), {channel.from, channel.to});
}

void Walk::addPart(Index number, std::vector<int32_t> &numbers, size_t part) {
  DeviceState &device = devices[number];
  std::vector<Meeting> &list = device.list.meetings;
  if (list.empty() || list.back().number != meetings)
    list.push_back({/*isCollective=*/false, 0, meetings});
  ++device.list.meetings.back().parts;
  if (numbers.size() <= part)
    numbers.resize(part + 1, -1);
  numbers[part] = static_cast<int32_t>(device.list.meetings.size()) - 1;
}

//===----------------------------------------------------------------------===//
// Lists without an order
//===----------------------------------------------------------------------===//

/// What a device that does not go on waits for.
std::string Walk::describe(const DeviceState &device) const {
  const Step &step = device.steps[device.at];
  auto with = [](const std::string &place, const Action &action) {
    return text(place, " (", describeAction(action), ")");
  };
  auto at = [&](const char *what, const Action &action) {
    return with(describeChannel(what, action.channel, channels[action.channel]),
                action);
  };
  if (step.kind == Step::AwaitSend)
    return at("wait_send", *step.action);
  if (step.kind == Step::AwaitReceives)
    return at("recv", *device.nextReceive()->step->action);
  const Step &next = *device.nextCollective()->step;
  return with(text(collectiveName(next.launch->kind), " of group ", next.group),
              *next.action);
}

void Walk::failStuck() const {
  constexpr int most = 4;
  std::string waits;
  int count = 0;
  for (size_t d = 0; d < devices.size(); ++d)
    if (devices[d].at < devices[d].steps.size() && count++ < most)
      waits += text(count == 1 ? "" : "; ", "device ", d, " waits in ",
                    describe(devices[d]));
  fail(MPCRT_MISMATCH,
       text("the devices' lists have no common order: ", waits,
            count > most ? "; ..." : "",
            "; compile the model again, or report this as a bug"));
}

std::vector<MeetingList>
orderMeetings(const Program &program,
              const std::vector<std::vector<Index>> &groups,
              const std::vector<Channel> &channels) {
  return Walk(program, groups, channels).run();
}

} // namespace mpcrt

#include "mpc/Schedule/Complete.h"
#include "Messages.h"
#include "mpc/Schedule/Check.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <cmath>
#include <deque>
#include <limits>

using namespace llvm;
using namespace mpc::schedule;

static constexpr double never = std::numeric_limits<double>::infinity();

static double timeOf(const Body &body) {
  if (body.time > 0)
    return body.time;
  return body.kind == ActionKind::Backward ? 2 : 1;
}

namespace {
/// What a group still has to do and what has reached it.
struct Group {
  std::vector<Action> todo;
  size_t next = 0;
  double clock = 0;
  /// Of the latest action in the complete list; it ends at `clock`.
  size_t position = 0;
  /// Receives whose sends were posted but that have no place yet, by the times
  /// of the sends.
  std::deque<std::pair<double, Action>> arriving;
  /// Waits whose receives have been placed, with the times at which those end.
  std::deque<std::pair<double, Action>> waits;

  bool done() const { return next == todo.size(); }
};

/// Runs all groups together, always the action that can start first, and
/// writes the complete lists in that order.
class ListSimulation {
public:
  ListSimulation(const Schedule &compute, const ProgramIndex &index);
  Expected<Schedule> run();

private:
  void collectActions(ActionKind kind);
  double valueTime(int edge, const Action &action) const;
  double arrivalTime(int edge, int body, const Action &action) const;
  double readyTime(const Action &action) const;
  int pickGroup(double &start) const;
  void execute(int group, double start);
  void placeReceives(int group, double start, double end);
  void placeReceive(int group, size_t position, double sent, Action recv);
  void placeWaits(int group, double start);
  void postSends(int group, int body, int micro);
  void postSend(int group, int edge, int micro);
  void postReceive(int group, double sent, Action recv);
  Error noProgress() const;

  const ProgramIndex &index;
  Schedule result;
  std::vector<Group> groups;
  /// When each value of each edge exists; `never` before.
  std::vector<std::vector<double>> valueTimes;
  /// Actions still missing before an edge's once-a-step value is complete.
  std::vector<int> missingProducers;
};
} // namespace

ListSimulation::ListSimulation(const Schedule &compute,
                               const ProgramIndex &index)
    : index(index), result(compute), groups(compute.numGroups) {
  for (auto [edgeIndex, edge] : enumerate(index.program.edges)) {
    valueTimes.emplace_back(index.values(int(edgeIndex)), never);
    missingProducers.push_back(index.instances(edge.producer));
  }
  collectActions(ActionKind::Prepare);
  for (auto [group, list] : zip(groups, result.lists)) {
    append_range(group.todo, list);
    list.clear();
  }
  collectActions(ActionKind::Update);
}

/// Adds the once-a-step bodies of one kind to their groups, by level.
void ListSimulation::collectActions(ActionKind kind) {
  std::vector<int> bodies;
  for (auto [body, entry] : enumerate(index.program.bodies))
    if (entry.kind == kind)
      bodies.push_back(int(body));
  llvm::sort(bodies, [&](int left, int right) {
    const Body &a = index.program.bodies[left];
    const Body &b = index.program.bodies[right];
    return std::tie(a.part, a.chunk) < std::tie(b.part, b.chunk);
  });
  for (int body : bodies)
    groups[index.groupOf(body)].todo.push_back(index.actionOf(body, -1));
}

/// When the values of an edge that an action needs exist, or `never`.
double ListSimulation::valueTime(int edge, const Action &action) const {
  const std::vector<double> &times = valueTimes[edge];
  if (index.program.edges[edge].perMicro && action.micro >= 0)
    return times[action.micro];
  return *std::max_element(times.begin(), times.end());
}

/// When the values of an edge have reached the group of `body`, or `never`.
double ListSimulation::arrivalTime(int edge, int body,
                                   const Action &action) const {
  const Edge &entry = index.program.edges[edge];
  bool isOwn = index.groupOf(entry.producer) == index.groupOf(body);
  return valueTime(edge, action) + (isOwn ? 0 : index.program.transferTime);
}

/// When all inputs of an action are there, or `never`.
double ListSimulation::readyTime(const Action &action) const {
  double ready = 0;
  int body = index.bodyOf(action);
  for (int edge : index.inputs(body))
    ready = std::max(ready, arrivalTime(edge, body, action));
  return ready;
}

int ListSimulation::pickGroup(double &start) const {
  int best = -1;
  for (auto [group, state] : enumerate(groups)) {
    if (state.done())
      continue;
    double ready = readyTime(state.todo[state.next]);
    double candidate = std::max(ready, state.clock);
    if (candidate == never || (best >= 0 && candidate >= start))
      continue;
    best = int(group);
    start = candidate;
  }
  return best;
}

/// Adds to a queue that is ordered by time.
static void addByTime(std::deque<std::pair<double, Action>> &queue, double time,
                      const Action &action) {
  auto place =
      llvm::upper_bound(queue, time, [](double earlier, const auto &entry) {
        return earlier < entry.first;
      });
  queue.insert(place, {time, action});
}

/// Gives a receive its place, and makes the sender wait for its end.
void ListSimulation::placeReceive(int group, size_t position, double sent,
                                  Action recv) {
  auto &list = result.lists[group];
  list.insert(list.begin() + position, recv);
  recv.kind = ActionKind::WaitSend;
  addByTime(groups[recv.fromGroup].waits, sent + index.program.transferTime,
            recv);
}

/// What is sent before the latest action ends is posted before that action, so
/// that it is received beside it. The order stays legal: the send, and all that
/// it depends on, comes before the end of that action.
void ListSimulation::postReceive(int group, double sent, Action recv) {
  Group &state = groups[group];
  if (sent < state.clock)
    placeReceive(group, state.position++, sent, recv);
  else
    addByTime(state.arriving, sent, recv);
}

/// Gives a place to everything that is sent to `group` before the end of an
/// action that starts now.
void ListSimulation::placeReceives(int group, double start, double end) {
  auto &arriving = groups[group].arriving;
  while (!arriving.empty() &&
         (arriving.front().first <= start || arriving.front().first < end)) {
    auto [sent, recv] = arriving.front();
    arriving.pop_front();
    placeReceive(group, result.lists[group].size(), sent, recv);
  }
}

/// Gives a place to the waits for receives that began before `start`: one that
/// begins at this moment would hold the group up for the time of the copy.
void ListSimulation::placeWaits(int group, double start) {
  auto &waits = groups[group].waits;
  for (; !waits.empty() && waits.front().first < start; waits.pop_front())
    result.lists[group].push_back(waits.front().second);
}

void ListSimulation::postSend(int group, int edge, int micro) {
  const Body &producer =
      index.program.bodies[index.program.edges[edge].producer];
  for (int target : index.targets(edge)) {
    Action send{ActionKind::Send, producer.chunk, micro, 0,
                producer.kind,    edge,           group, target};
    result.lists[group].push_back(send);
    send.kind = ActionKind::Recv;
    postReceive(target, groups[group].clock, send);
  }
}

void ListSimulation::postSends(int group, int body, int micro) {
  for (int edge : index.outputs(body)) {
    bool perMicro = index.program.edges[edge].perMicro;
    if (!perMicro && --missingProducers[edge] > 0)
      continue;
    valueTimes[edge][perMicro ? micro : 0] = groups[group].clock;
    postSend(group, edge, perMicro ? micro : -1);
  }
}

void ListSimulation::execute(int group, double start) {
  Group &state = groups[group];
  Action action = state.todo[state.next++];
  // Waits first: what they free may take the place of what arrives.
  placeWaits(group, start);
  int body = index.bodyOf(action);
  state.clock = start + timeOf(index.program.bodies[body]);
  placeReceives(group, start, state.clock);
  state.position = result.lists[group].size();
  result.lists[group].push_back(action);
  postSends(group, body, action.micro);
}

Error ListSimulation::noProgress() const {
  for (auto [group, state] : enumerate(groups)) {
    if (state.done())
      continue;
    const Action &action = state.todo[state.next];
    for (int edge : index.inputs(index.bodyOf(action))) {
      bool own = index.program.edges[edge].perMicro && action.micro >= 0;
      const std::vector<double> &times = valueTimes[edge];
      auto value = own ? times.begin() + action.micro : find(times, never);
      if (value == times.end() || *value != never)
        continue;
      const Edge &entry = index.program.edges[edge];
      Action producer =
          index.actionOf(entry.producer, int(value - times.begin()));
      return createStringError(
          "no progress: group %zu stops at '%s', which needs edge %d ('%s') "
          "from '%s' on group %d",
          size_t(group), toText(action).c_str(), edge, entry.name.c_str(),
          toText(producer).c_str(), index.groupOf(entry.producer));
    }
  }
  return createStringError("no progress");
}

Expected<Schedule> ListSimulation::run() {
  double start = 0;
  for (int group; (group = pickGroup(start)) >= 0;)
    execute(group, start);
  if (!all_of(groups, [](const Group &group) { return group.done(); }))
    return noProgress();
  for (int group = 0; group < int(groups.size()); ++group)
    placeWaits(group, never);
  return std::move(result);
}

/// The lists hold per-micro-batch actions only, and each has a body.
static Error checkActions(const Schedule &compute, const ProgramIndex &index) {
  for (auto [group, list] : enumerate(compute.lists))
    for (const Action &action : list) {
      if (!isPerMicro(action.kind))
        return createStringError(
            "group %zu: '%s' is not expected before completion, which adds "
            "transfers and what happens once a step",
            size_t(group), toText(action).c_str());
      if (index.bodyOf(action) < 0)
        return createStringError(
            "group %zu: the program has no %s body for '%s'", size_t(group),
            kindName(action.kind).data(), toText(action).c_str());
    }
  return Error::success();
}

/// Every per-micro-batch body is scheduled; how often, checkCompute has seen.
static Error checkBodies(const Schedule &compute, const ProgramIndex &index) {
  BitVector scheduled(index.program.bodies.size());
  for (const std::vector<Action> &list : compute.lists)
    for (const Action &action : list)
      scheduled.set(index.bodyOf(action));
  for (auto [body, entry] : enumerate(index.program.bodies))
    if (isPerMicro(entry.kind) && !scheduled.test(body))
      return createStringError(
          "the schedule never runs the %s of chunk %d, which the program has",
          kindName(entry.kind).data(), entry.chunk);
  return Error::success();
}

Expected<Schedule> mpc::schedule::complete(const Schedule &compute,
                                           const Program &program) {
  if (Error error = checkShape(compute))
    return error;
  if (Error error = checkProgram(program, compute.numChunks))
    return error;
  if (Error error = checkCompute(compute))
    return error;
  ProgramIndex index(program, compute);
  if (Error error = checkActions(compute, index))
    return error;
  if (Error error = checkBodies(compute, index))
    return error;
  return ListSimulation(compute, index).run();
}

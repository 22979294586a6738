#include "CheckTransfers.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"
#include <map>

using namespace llvm;
using namespace mpc::schedule;

//===----------------------------------------------------------------------===//
// Data flow
//===----------------------------------------------------------------------===//

namespace {
/// Follows one edge from its producer to all its consumers.
class EdgeCheck {
public:
  EdgeCheck(const ProgramIndex &index, const Positions &positions,
            const MessageTable &messages, int edge)
      : index(index), positions(positions), messages(messages), edge(edge),
        entry(index.program.edges[edge]), from(index.groupOf(entry.producer)) {}

  /// `micro` is the value's micro-batch, -1 for a once-a-step value.
  Error checkValue(int micro) const;

private:
  Error checkMessage(int micro, int target, const Action &producer,
                     int produced) const;
  Error checkConsumers(int micro, int target, int available,
                       const Action &supplier) const;
  Error wrongOrder(int group, const Action &late, const Action &early) const;

  const ProgramIndex &index;
  const Positions &positions;
  const MessageTable &messages;
  int edge;
  const Edge &entry;
  int from;
};
} // namespace

Error EdgeCheck::wrongOrder(int group, const Action &late,
                            const Action &early) const {
  return createStringError("group %d: %s must come after %s (edge %d, '%s')",
                           group, describe(late, &index.program).c_str(),
                           describe(early, &index.program).c_str(), edge,
                           entry.name.c_str());
}

/// Consumers on `target` come after position `available` of its list, where
/// `supplier` makes the value exist.
Error EdgeCheck::checkConsumers(int micro, int target, int available,
                                const Action &supplier) const {
  for (int consumer : entry.consumers) {
    if (index.groupOf(consumer) != target)
      continue;
    bool ownValueOnly =
        micro >= 0 && isPerMicro(index.program.bodies[consumer].kind);
    int first = ownValueOnly ? micro : 0;
    int end = ownValueOnly ? micro + 1 : index.instances(consumer);
    for (int instance = first; instance < end; ++instance)
      if (positions[consumer][instance] < available)
        return wrongOrder(target, index.actionOf(consumer, instance), supplier);
  }
  return Error::success();
}

Error EdgeCheck::checkMessage(int micro, int target, const Action &producer,
                              int produced) const {
  int id = messages.find(edge, micro, from, target);
  Action send{ActionKind::Send, producer.chunk, micro, 0,
              producer.kind,    edge,           from,  target};
  if (id < 0)
    return createStringError("group %d: %s to group %d is missing", from,
                             describe(send, &index.program).c_str(), target);
  const Message &message = messages[id];
  if (message.send < produced)
    return wrongOrder(from, send, producer);
  if (message.wait < message.send) {
    Action wait = send;
    wait.kind = ActionKind::WaitSend;
    return wrongOrder(from, wait, send);
  }
  Action recv = send;
  recv.kind = ActionKind::Recv;
  return checkConsumers(micro, target, message.recv, recv);
}

Error EdgeCheck::checkValue(int micro) const {
  const std::vector<int> &producers = positions[entry.producer];
  auto produced = micro >= 0
                      ? producers.begin() + micro
                      : std::max_element(producers.begin(), producers.end());
  Action producer =
      index.actionOf(entry.producer, int(produced - producers.begin()));
  if (Error error = checkConsumers(micro, from, *produced, producer))
    return error;
  for (int target : index.targets(edge))
    if (Error error = checkMessage(micro, target, producer, *produced))
      return error;
  return Error::success();
}

Error mpc::schedule::checkDataFlow(const ProgramIndex &index,
                                   const Positions &positions,
                                   const MessageTable &messages) {
  for (int edge = 0; edge < int(index.program.edges.size()); ++edge) {
    EdgeCheck edgeCheck(index, positions, messages, edge);
    bool perMicro = index.program.edges[edge].perMicro;
    for (int value = 0; value < index.values(edge); ++value)
      if (Error error = edgeCheck.checkValue(perMicro ? value : -1))
        return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Channels and deadlock
//===----------------------------------------------------------------------===//

Error mpc::schedule::checkChannels(const Schedule &schedule,
                                   const Program &program,
                                   const MessageTable &messages) {
  std::map<std::pair<int, int>, std::vector<const Action *>> sent;
  for (const std::vector<Action> &list : schedule.lists)
    for (const Action &action : list)
      if (action.kind == ActionKind::Send)
        sent[{action.fromGroup, action.toGroup}].push_back(&action);
  std::map<std::pair<int, int>, size_t> received;
  for (auto [group, list] : enumerate(schedule.lists))
    for (const Action &recv : list) {
      if (recv.kind != ActionKind::Recv)
        continue;
      std::pair<int, int> channel = {recv.fromGroup, recv.toGroup};
      const Action &send = *sent[channel][received[channel]++];
      if (messages.idOf(send) != messages.idOf(recv))
        return createStringError(
            "group %zu: %s is out of order, group %d's next message is the %s",
            size_t(group), describe(recv, &program).c_str(), recv.fromGroup,
            describe(send, &program).c_str());
    }
  return Error::success();
}

namespace {
/// The lists run without time, as far as they go.
class Execution {
public:
  Execution(const Schedule &schedule, const MessageTable &messages)
      : schedule(schedule), messages(messages), next(schedule.numGroups),
        posted(messages.size()), received(messages.size()) {}

  void run();
  /// Group that has not reached its end, or -1.
  int stuckGroup() const;
  const Action &nextAction(int group) const {
    return schedule.lists[group][next[group]];
  }

private:
  bool finished(int group) const {
    return next[group] == schedule.lists[group].size();
  }
  bool tryStep(int group);

  const Schedule &schedule;
  const MessageTable &messages;
  std::vector<size_t> next;
  BitVector posted, received;
};
} // namespace

bool Execution::tryStep(int group) {
  const Action &action = nextAction(group);
  if (isTransfer(action.kind)) {
    int id = messages.idOf(action);
    if (action.kind == ActionKind::Recv && !posted.test(id))
      return false;
    if (action.kind == ActionKind::WaitSend && !received.test(id))
      return false;
    if (action.kind == ActionKind::Send)
      posted.set(id);
    if (action.kind == ActionKind::Recv)
      received.set(id);
  }
  ++next[group];
  return true;
}

void Execution::run() {
  for (bool progress = true; progress;) {
    progress = false;
    for (int group = 0; group < schedule.numGroups; ++group)
      while (!finished(group) && tryStep(group))
        progress = true;
  }
}

int Execution::stuckGroup() const {
  for (int group = 0; group < schedule.numGroups; ++group)
    if (!finished(group))
      return group;
  return -1;
}

Error mpc::schedule::checkDeadlock(const Schedule &schedule,
                                   const Program &program,
                                   const MessageTable &messages) {
  Execution execution(schedule, messages);
  execution.run();
  int group = execution.stuckGroup();
  if (group < 0)
    return Error::success();
  const Action &action = execution.nextAction(group);
  int peer =
      action.kind == ActionKind::Recv ? action.fromGroup : action.toGroup;
  return createStringError(
      "deadlock: group %d waits in %s for group %d, which waits in %s", group,
      describe(action, &program).c_str(), peer,
      describe(execution.nextAction(peer), &program).c_str());
}

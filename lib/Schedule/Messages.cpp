#include "Messages.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace mpc::schedule;

std::string mpc::schedule::describe(const Action &action,
                                    const Program *program) {
  std::string text;
  raw_string_ostream os(text);
  if (!isTransfer(action.kind)) {
    os << '\'' << toText(action) << '\'';
    return text;
  }
  os << kindName(action.kind) << " of edge " << action.edge;
  if (program && size_t(action.edge) < program->edges.size())
    os << " ('" << program->edges[action.edge].name << "')";
  if (action.micro >= 0)
    os << " for micro-batch " << action.micro;
  return text;
}

static int &positionOf(Message &message, ActionKind kind) {
  if (kind == ActionKind::Send)
    return message.send;
  return kind == ActionKind::Recv ? message.recv : message.wait;
}

static Error missing(const Schedule &schedule, const Program *program,
                     int group, int position, ActionKind counterpart) {
  const Action &action = schedule.lists[group][position];
  int other =
      counterpart == ActionKind::Recv ? action.toGroup : action.fromGroup;
  return createStringError("group %d: %s has no matching %s on group %d", group,
                           describe(action, program).c_str(),
                           kindName(counterpart).data(), other);
}

static Error checkComplete(const Schedule &schedule, const Program *program,
                           const Message &message) {
  auto [from, to, send, recv, wait] = message;
  if (send < 0)
    return recv >= 0 ? missing(schedule, program, to, recv, ActionKind::Send)
                     : missing(schedule, program, from, wait, ActionKind::Send);
  if (recv < 0)
    return missing(schedule, program, from, send, ActionKind::Recv);
  if (wait < 0)
    return missing(schedule, program, from, send, ActionKind::WaitSend);
  return Error::success();
}

Expected<MessageTable> MessageTable::match(const Schedule &schedule,
                                           const Program *program) {
  MessageTable table;
  for (auto [group, list] : enumerate(schedule.lists))
    for (auto [position, action] : enumerate(list)) {
      if (!isTransfer(action.kind))
        continue;
      auto [entry, isNew] =
          table.ids.try_emplace(keyOf(action), table.messages.size());
      if (isNew)
        table.messages.push_back({action.fromGroup, action.toGroup});
      int &found = positionOf(table.messages[entry->second], action.kind);
      if (found >= 0)
        return createStringError(
            "group %zu: %s appears twice, at positions %d and %zu",
            size_t(group), describe(action, program).c_str(), found,
            size_t(position));
      found = int(position);
    }
  for (const Message &message : table.messages)
    if (Error error = checkComplete(schedule, program, message))
      return error;
  return table;
}

int MessageTable::find(int edge, int micro, int fromGroup, int toGroup) const {
  auto found = ids.find(Key{edge, micro, fromGroup, toGroup});
  return found == ids.end() ? -1 : found->second;
}

//===- Messages.h - Sends matched with receives and waits -------*- C++ -*-===//
//
// Internal to the library. A message is one value of one edge on its way to
// one group: a Send and a WaitSend in the sender's list, a Recv in the
// receiver's.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_SCHEDULE_MESSAGES_H
#define MPC_LIB_SCHEDULE_MESSAGES_H

#include "mpc/Schedule/Program.h"
#include "llvm/ADT/DenseMap.h"

namespace mpc::schedule {

/// "'1F2'", or for transfers "recv of edge 3 ('h1') for micro-batch 2"; the
/// edge's name is left out without a program.
std::string describe(const Action &action, const Program *program);

struct Message {
  int fromGroup, toGroup;
  /// Positions in the lists of fromGroup, toGroup and fromGroup.
  int send = -1, recv = -1, wait = -1;
};

/// All messages of a schedule whose shape has been checked.
class MessageTable {
public:
  /// Fails on a transfer that appears twice or lacks its counterpart, naming
  /// it.
  static llvm::Expected<MessageTable> match(const Schedule &schedule,
                                            const Program *program);

  /// Message of a transfer action.
  int idOf(const Action &action) const { return ids.lookup(keyOf(action)); }
  /// Message that carries a value to a group, or -1.
  int find(int edge, int micro, int fromGroup, int toGroup) const;
  const Message &operator[](int id) const { return messages[id]; }
  int size() const { return int(messages.size()); }

private:
  using Key = std::tuple<int, int, int, int>;
  static Key keyOf(const Action &action) {
    return {action.edge, action.micro, action.fromGroup, action.toGroup};
  }

  llvm::DenseMap<Key, int> ids;
  std::vector<Message> messages;
};

} // namespace mpc::schedule

#endif // MPC_LIB_SCHEDULE_MESSAGES_H

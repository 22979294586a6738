//===- ProcessChannel.h - A channel between two processes -------*- C++ -*-===//
#ifndef MPCRT_COMM_PROCESSCHANNEL_H
#define MPCRT_COMM_PROCESSCHANNEL_H

#include "../core/Placement.h"
#include "DeviceWait.h"
#include <memory>

namespace mpcrt {

/// One side of a channel whose devices are in two processes. A message is a
/// head, which the receiver compares with what it expects, and the bytes,
/// which go straight from arena to arena.
class ProcessChannel {
public:
  ProcessChannel(Index number, const Channel &channel,
                 const Placement &placement, WaitContext &context, int32_t tag);

  /// Forgets the messages of the run before, which are all over.
  void reset();
  void send(const Caller &caller, const char *data);
  void receive(const Caller &caller, char *data);
  /// Waits until the message's bytes may change.
  void waitSend(const Caller &caller);
  /// Waits for all sends, if `caller` is the one who sends.
  void finish(const Caller &caller);

private:
  /// What both sides must agree on, and who has sent it.
  struct Head {
    int64_t tag, bytes, action;
    int32_t kind, chunk, micro;
    int32_t unused = 0;
  };
  struct Outgoing {
    explicit Outgoing(World &world) : transfers(world) {}
    Head head = {};
    const Action *action = nullptr;
    Transfers transfers;
  };
  std::string place(const char *what) const;
  void checkSame(const Caller &caller, const Head &head) const;
  void waitOutgoing(const Caller &caller, Outgoing &outgoing);

  Index number;
  const Channel &channel;
  Placement placement;
  WaitContext &context;
  int32_t tag;
  std::vector<std::unique_ptr<Outgoing>> outgoing;
};

} // namespace mpcrt

#endif // MPCRT_COMM_PROCESSCHANNEL_H

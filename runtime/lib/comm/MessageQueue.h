//===- MessageQueue.h - One channel between two devices ---------*- C++ -*-===//
#ifndef MPCRT_COMM_MESSAGEQUEUE_H
#define MPCRT_COMM_MESSAGEQUEUE_H

#include "Waiting.h"
#include <memory>

namespace mpcrt {

/// A channel's messages of one run, in order. The sender posts an address, the
/// receiver copies from there and acknowledges: one copy, no buffer between.
class MessageQueue {
public:
  MessageQueue(Index number, const Channel &channel,
               std::span<Device *const> devices, WaitContext &context);

  void reset();
  void send(const Caller &caller, const char *data);
  void receive(const Caller &caller, char *data);
  void waitSend(const Caller &caller);
  void wake() { event.signal(); }

private:
  struct Message {
    const char *data = nullptr;
    const Action *action = nullptr;
    /// The sender's: the bytes are there. The receiver's: they may go.
    std::unique_ptr<Mark> sent, received;
  };
  std::string place(const char *what) const;
  void checkSame(const Caller &caller, const Message &message) const;

  Index number;
  const Channel &channel;
  WaitContext &context;
  std::vector<Message> messages;
  std::atomic<int64_t> posted{0}, acknowledged{0};
  Event event;
};

} // namespace mpcrt

#endif // MPCRT_COMM_MESSAGEQUEUE_H

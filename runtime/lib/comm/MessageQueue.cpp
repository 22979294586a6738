//===- MessageQueue.cpp - One channel between two devices -----------------===//
#include "MessageQueue.h"

namespace mpcrt {

MessageQueue::MessageQueue(Index number, const Channel &channel,
                           WaitContext &context)
    : number(number), channel(channel), context(context),
      messages(channel.capacity) {}

void MessageQueue::reset() {
  posted.store(0);
  acknowledged.store(0);
}

std::string MessageQueue::place(const char *what) const {
  return text(what, " on channel ", number, " from device ", channel.from,
              " to ", channel.to);
}

void MessageQueue::send(const Caller &caller, const char *data) {
  int64_t message = caller.action->message;
  messages[message] = {data, caller.action};
  posted.store(message + 1);
  event.signal();
}

void MessageQueue::checkSame(const Caller &caller,
                             const Message &message) const {
  const Action &sent = *message.action, &expected = *caller.action;
  if (sent.tag != expected.tag || sent.bytes != expected.bytes)
    failDifferentMessage(caller, number, channel.from, sent);
}

void MessageQueue::receive(const Caller &caller, char *data) {
  int64_t index = caller.action->message;
  waitOrFail(
      context, event, caller, [&] { return posted.load() > index; },
      [&] {
        failTimeout(context, caller, place("recv"),
                    text("missing: device ", channel.from));
      });
  const Message &message = messages[index];
  checkSame(caller, message);
  {
    GateScope scope(context.gate);
    std::array<int64_t, 1> bytes = {caller.action->bytes}, unit = {1};
    caller.device->copy(StridedCopy(1, bytes, unit, unit), message.data, data);
  }
  acknowledged.store(index + 1);
  event.signal();
}

void MessageQueue::waitSend(const Caller &caller) {
  waitOrFail(
      context, event, caller,
      [&] { return acknowledged.load() > caller.action->message; },
      [&] {
        failTimeout(context, caller, place("wait_send"),
                    text("missing: device ", channel.to));
      });
}

} // namespace mpcrt

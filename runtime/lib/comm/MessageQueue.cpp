//===- MessageQueue.cpp - One channel between two devices -----------------===//
#include "MessageQueue.h"

namespace mpcrt {

MessageQueue::MessageQueue(Index number, const Channel &channel,
                           std::span<Device *const> devices,
                           WaitContext &context)
    : number(number), channel(channel), context(context),
      messages(channel.capacity) {
  for (Message &message : messages) {
    message.sent = devices[channel.from]->createMark();
    message.received = devices[channel.to]->createMark();
  }
}

void MessageQueue::reset() {
  posted.store(0);
  acknowledged.store(0);
}

std::string MessageQueue::place(const char *what) const {
  return describeChannel(what, number, channel);
}

void MessageQueue::send(const Caller &caller, const char *data) {
  int64_t number = caller.action->message;
  Message &message = messages[number];
  message.data = data;
  message.action = caller.action;
  caller.device->set(message.sent.get());
  posted.store(number + 1);
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
  caller.device->follow(message.sent.get());
  {
    GateScope scope(context.gate);
    std::array<int64_t, 1> bytes = {caller.action->bytes}, unit = {1};
    caller.device->copy(StridedCopy(1, bytes, unit, unit), message.data, data);
  }
  caller.device->set(message.received.get());
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
  caller.device->follow(messages[caller.action->message].received.get());
}

} // namespace mpcrt

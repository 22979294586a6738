//===- ProcessChannel.cpp - A channel between two processes ---------------===//
#include "ProcessChannel.h"

namespace mpcrt {

ProcessChannel::ProcessChannel(Index number, const Channel &channel,
                               const Placement &placement, WaitContext &context,
                               int32_t tag)
    : number(number), channel(channel), placement(placement), context(context),
      tag(tag) {
  if (placement.isMine(channel.from))
    for (int64_t i = 0; i < channel.capacity; ++i)
      outgoing.push_back(std::make_unique<Outgoing>(*placement.world));
}

void ProcessChannel::reset() {
  for (auto &message : outgoing)
    message->action = nullptr;
}

std::string ProcessChannel::place(const char *what) const {
  return describeChannel(what, number, channel);
}

void ProcessChannel::send(const Caller &caller, const char *data) {
  const Action &action = *caller.action;
  Outgoing &message = *outgoing[action.message];
  message.action = &action;
  message.head = {action.tag,   action.bytes,
                  action.id,    static_cast<int32_t>(action.kind),
                  action.chunk, action.micro};
  Peer peer{placement.rankOf(channel.to), channel.to};
  message.transfers.send(peer, tag, &message.head, sizeof message.head);
  message.transfers.send(peer, tag, data, action.bytes);
}

void ProcessChannel::checkSame(const Caller &caller, const Head &head) const {
  const Action &expected = *caller.action;
  if (head.tag == expected.tag && head.bytes == expected.bytes)
    return;
  Action sent;
  sent.tag = head.tag;
  sent.bytes = head.bytes;
  sent.id = head.action;
  sent.kind = static_cast<ActionKind>(head.kind);
  sent.chunk = head.chunk;
  sent.micro = head.micro;
  failDifferentMessage(caller, number, channel.from, sent);
}

void ProcessChannel::receive(const Caller &caller, char *data) {
  Transfers transfers(*placement.world);
  Peer peer{placement.rankOf(channel.from), channel.from};
  auto where = [&] { return place("recv"); };
  Head head;
  transfers.receive(peer, tag, &head, sizeof head);
  waitFor(*placement.world, transfers, context, caller, where);
  checkSame(caller, head);
  transfers.receive(peer, tag, data, caller.action->bytes);
  waitFor(*placement.world, transfers, context, caller, where);
}

void ProcessChannel::waitOutgoing(const Caller &caller, Outgoing &message) {
  waitFor(*placement.world, message.transfers, context, caller,
          [&] { return place("wait_send"); });
}

void ProcessChannel::waitSend(const Caller &caller) {
  waitOutgoing(caller, *outgoing[caller.action->message]);
}

void ProcessChannel::finish(const Caller &caller) {
  if (caller.index != channel.from)
    return;
  for (auto &message : outgoing)
    if (message->action)
      waitOutgoing({caller.index, caller.device, message->action}, *message);
}

} // namespace mpcrt

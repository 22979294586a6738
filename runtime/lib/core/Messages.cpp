//===- Messages.cpp - Pairs sends with receives ---------------------------===//
#include "Parsing.h"
#include <algorithm>

namespace mpcrt {

namespace {
/// The messages of one channel in one program.
struct Traffic {
  std::vector<Action *> sends, receives;
  std::vector<bool> awaited; // one a send
};
} // namespace

/// A wait_send means the earliest send before it with its tag that nobody
/// waited for yet.
static void resolveWait(const JsonNode &node, Traffic &traffic, Action &wait) {
  for (size_t i = 0; i < traffic.sends.size(); ++i)
    if (traffic.sends[i]->tag == wait.tag && !traffic.awaited[i]) {
      traffic.awaited[i] = true;
      wait.message = static_cast<int64_t>(i);
      return;
    }
  node.error(text("action ", wait.id, " waits for a send with tag ", wait.tag,
                  " on channel ", wait.channel,
                  ", but there is none before it"));
}

static void record(const JsonNode &node, Traffic &traffic, Action &action) {
  switch (action.kind) {
  case ActionKind::Send:
    action.message = static_cast<int64_t>(traffic.sends.size());
    traffic.sends.push_back(&action);
    traffic.awaited.push_back(false);
    return;
  case ActionKind::Recv:
    action.message = static_cast<int64_t>(traffic.receives.size());
    traffic.receives.push_back(&action);
    return;
  case ActionKind::WaitSend:
    return resolveWait(node, traffic, action);
  default:
    return;
  }
}

static void checkTraffic(const JsonNode &node, const Traffic &traffic,
                         size_t channel) {
  if (traffic.sends.size() != traffic.receives.size())
    node.error(text("channel ", channel, " has ", traffic.sends.size(),
                    " sends but ", traffic.receives.size(), " receives"));
  for (size_t i = 0; i < traffic.sends.size(); ++i) {
    const Action &send = *traffic.sends[i], &recv = *traffic.receives[i];
    if (send.tag != recv.tag || send.bytes != recv.bytes)
      node.error(text("message ", i, " of channel ", channel, ": action ",
                      send.id, " sends ", send.bytes, " bytes with tag ",
                      send.tag, ", action ", recv.id, " expects ", recv.bytes,
                      " with tag ", recv.tag));
  }
}

void matchMessages(const JsonNode &node, Manifest &manifest, Program &program) {
  std::vector<Traffic> channels(manifest.channels.size());
  for (std::vector<Action> &actions : program.devices)
    for (Action &action : actions)
      if (action.kind >= ActionKind::Send)
        record(node, channels[action.channel], action);
  for (size_t i = 0; i < channels.size(); ++i) {
    checkTraffic(node, channels[i], i);
    int64_t &capacity = manifest.channels[i].capacity;
    capacity =
        std::max(capacity, static_cast<int64_t>(channels[i].sends.size()));
  }
}

} // namespace mpcrt

//===- Receives.cpp - Which actions wait for which receives ---------------===//
#include "Parsing.h"

namespace mpcrt {

static bool overlap(int64_t a, int64_t aBytes, int64_t b, int64_t bBytes) {
  return a < b + bBytes && b < a + aBytes;
}

/// Whether an action reads or writes bytes that a receive fills.
static bool touches(const Action &action, const Body *body,
                    const Action &receive) {
  if (!body)
    return action.kind != ActionKind::WaitSend &&
           overlap(action.offset, action.bytes, receive.offset, receive.bytes);
  for (size_t i = 0; i < action.offsets.size(); ++i)
    if (overlap(action.offsets[i], body->bufferBytes[i], receive.offset,
                receive.bytes))
      return true;
  return false;
}

void planReceives(Program &program, std::vector<Action> &list) {
  Index receives = 0;
  for (size_t r = 0; r < list.size(); ++r) {
    if (list[r].kind != ActionKind::Recv)
      continue;
    ++receives;
    size_t reader = r + 1;
    for (; reader < list.size(); ++reader) {
      const Action &action = list[reader];
      if (touches(action,
                  action.body < 0 ? nullptr : &program.bodies[action.body],
                  list[r]))
        break;
    }
    list[r].isBeside = reader > r + 1;
    if (reader < list.size())
      list[reader].receivesBefore = receives; // they end in their order
  }
}

} // namespace mpcrt

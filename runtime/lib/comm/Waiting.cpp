//===- Waiting.cpp - Waits that end with an explanation -------------------===//
#include "Waiting.h"

namespace mpcrt {

std::string describeAction(const Action &action) {
  std::string micro =
      action.micro < 0 ? "" : text(", micro-batch ", action.micro);
  return text("action ", action.id, " '", actionKindName(action.kind),
              "', stage ", action.chunk, micro);
}

std::string describeChannel(const char *what, Index number,
                            const Channel &channel) {
  return text(what, " on channel ", number, " from device ", channel.from,
              " to ", channel.to);
}

std::string describeWait(std::chrono::milliseconds waited, const Caller &caller,
                         const std::string &place, const std::string &reason) {
  return text("device ", caller.index, " waited ", waited.count(), " ms in ",
              place, " (", describeAction(*caller.action), "); ", reason);
}

void failTimeout(const WaitContext &context, const Caller &caller,
                 const std::string &place, const std::string &reason) {
  fail(MPCRT_TIMEOUT, describeWait(context.timeout, caller, place, reason));
}

void failDifferentCollective(const Caller &caller, Index group, int32_t kind,
                             Index other, int32_t otherKind) {
  fail(MPCRT_MISMATCH,
       text("device ", caller.index, " is in ", collectiveName(kind),
            " of group ", group, " (", describeAction(*caller.action),
            "), but device ", other, " met it with a different ",
            collectiveName(otherKind)));
}

void failDifferentMessage(const Caller &caller, Index channel, Index sender,
                          const Action &sent) {
  const Action &expected = *caller.action;
  fail(MPCRT_MISMATCH,
       text("device ", caller.index, " expects ", expected.bytes,
            " bytes with tag ", expected.tag, " on channel ", channel, " (",
            describeAction(expected), "), device ", sender, " sent ",
            sent.bytes, " with tag ", sent.tag, " (", describeAction(sent),
            ")"));
}

} // namespace mpcrt

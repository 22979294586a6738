//===- Waiting.cpp - Waits that end with an explanation -------------------===//
#include "Waiting.h"

namespace mpcrt {

std::string describeAction(const Action &action) {
  std::string micro =
      action.micro < 0 ? "" : text(", micro-batch ", action.micro);
  return text("action ", action.id, " '", actionKindName(action.kind),
              "', chunk ", action.chunk, micro);
}

void failTimeout(const WaitContext &context, const Caller &caller,
                 const std::string &place, const std::string &reason) {
  fail(MPCRT_TIMEOUT, text("device ", caller.index, " waited ",
                           context.timeout.count(), " ms in ", place, " (",
                           describeAction(*caller.action), "); ", reason));
}

} // namespace mpcrt

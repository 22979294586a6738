//===- Waiting.h - Waits that end with an explanation -----------*- C++ -*-===//
#ifndef MPCRT_COMM_WAITING_H
#define MPCRT_COMM_WAITING_H

#include "../core/Communicator.h"
#include "../core/Error.h"

namespace mpcrt {

/// What all waits of one communicator share.
struct WaitContext {
  std::chrono::milliseconds timeout;
  SpinPolicy spin;
  MemoryGate *gate;
  std::atomic<bool> aborted{false};
};

/// "device 1 waited 30000 ms in " + place + " (action 17 'backward', chunk 1,
/// micro-batch 3); " + reason
[[noreturn]] void failTimeout(const WaitContext &context, const Caller &caller,
                              const std::string &place,
                              const std::string &reason);

/// "action 17 'backward', chunk 1, micro-batch 3".
std::string describeAction(const Action &action);

/// Waits for `done()`; throws Cancelled after an abort and calls `late()`,
/// which must throw, after the timeout.
template <typename Done, typename Late>
void waitOrFail(WaitContext &context, Event &event, Done done, Late late) {
  auto over = [&] { return done() || context.aborted.load(); };
  if (!event.wait(over, Clock::now() + context.timeout, context.spin))
    late();
  if (context.aborted.load())
    throw Cancelled();
}

} // namespace mpcrt

#endif // MPCRT_COMM_WAITING_H

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

/// "device 1 waited 320 ms in " + place + " (action 17 'backward', stage 1,
/// micro-batch 3); " + reason
std::string describeWait(std::chrono::milliseconds waited, const Caller &caller,
                         const std::string &place, const std::string &reason);

/// The same as an error, of a wait that has lasted as long as it may.
[[noreturn]] void failTimeout(const WaitContext &context, const Caller &caller,
                              const std::string &place,
                              const std::string &reason);

/// "action 17 'backward', stage 1, micro-batch 3".
std::string describeAction(const Action &action);

/// "recv on channel 0 from device 0 to 1".
std::string describeChannel(const char *what, Index number,
                            const Channel &channel);

/// Two members of a group have met for different collectives.
[[noreturn]] void failDifferentCollective(const Caller &caller, Index group,
                                          int32_t kind, Index other,
                                          int32_t otherKind);
/// A receiver has met another message than it expects.
[[noreturn]] void failDifferentMessage(const Caller &caller, Index channel,
                                       Index sender, const Action &sent);

/// When `caller` has waited too long that began to at `start`. Where the device
/// computes meanwhile, that is not known before it stops.
inline std::optional<Clock::time_point>
deadlineOf(const Caller &caller, Clock::time_point start,
           std::chrono::milliseconds timeout) {
  return caller.need ? caller.need->deadline(start, timeout) : start + timeout;
}

/// Waits for `done()`; throws Cancelled after an abort and calls `late()`,
/// which must throw, after the timeout.
template <typename Done, typename Late>
void waitOrFail(WaitContext &context, Event &event, const Caller &caller,
                Done done, Late late) {
  auto over = [&] { return done() || context.aborted.load(); };
  Clock::time_point start = Clock::now();
  for (bool isLate = false; !isLate;) {
    auto deadline = deadlineOf(caller, start, context.timeout);
    if (event.wait(over, deadline.value_or(Clock::now() + context.timeout),
                   context.spin))
      break;
    deadline = deadlineOf(caller, start, context.timeout);
    isLate = deadline && Clock::now() >= *deadline;
    if (isLate)
      late();
  }
  if (context.aborted.load())
    throw Cancelled();
}

} // namespace mpcrt

#endif // MPCRT_COMM_WAITING_H

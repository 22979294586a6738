//===- Event.h - Spin briefly, then sleep -----------------------*- C++ -*-===//
#ifndef MPCRT_CORE_EVENT_H
#define MPCRT_CORE_EVENT_H

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

namespace mpcrt {

using Clock = std::chrono::steady_clock;

/// How long waits spin before they sleep. With more workers than cores the peer
/// one waits for may need this very core: yield at once, sleep soon.
struct SpinPolicy {
  int pauses = 0;
  int yields = 8;
  static SpinPolicy forThreads(int64_t threads);
};

/// Lets threads wait for a condition over sequentially consistent atomics.
/// Whoever makes a condition true calls signal() afterwards.
class alignas(64) Event {
public:
  void signal();

  /// Waits until `done()`; false when the deadline has passed first.
  template <typename Done>
  bool wait(Done done, Clock::time_point deadline, SpinPolicy spin) {
    for (int i = 0; i < spin.pauses; ++i) {
      if (done())
        return true;
      pause();
    }
    for (int i = 0; i < spin.yields; ++i) {
      if (done())
        return true;
      std::this_thread::yield();
    }
    for (;;) {
      uint32_t seen = ticket.load();
      sleepers.fetch_add(1);
      bool ready = done();
      bool late = !ready && Clock::now() >= deadline;
      if (!ready && !late)
        sleep(seen, deadline);
      sleepers.fetch_sub(1);
      if (ready || late)
        return ready;
    }
  }

private:
  static void pause();
  void sleep(uint32_t seen, Clock::time_point deadline);

  std::atomic<uint32_t> ticket{0};
  std::atomic<uint32_t> sleepers{0};
};

} // namespace mpcrt

#endif // MPCRT_CORE_EVENT_H

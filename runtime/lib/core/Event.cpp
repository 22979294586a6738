//===- Event.cpp - Spin briefly, then sleep -------------------------------===//
#include "Event.h"
#include <algorithm>
#include <climits>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace mpcrt {

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t) &&
                  std::atomic<uint32_t>::is_always_lock_free,
              "a futex is a plain word");

SpinPolicy SpinPolicy::forThreads(int64_t threads) {
  bool fits =
      threads <= static_cast<int64_t>(std::thread::hardware_concurrency());
  return fits ? SpinPolicy{2000, 4} : SpinPolicy{0, 8};
}

void Event::pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

void Event::signal() {
  ticket.fetch_add(1);
  if (sleepers.load() > 0)
    syscall(SYS_futex, reinterpret_cast<uint32_t *>(&ticket),
            FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void Event::sleep(uint32_t seen, Clock::time_point deadline) {
  // Waking once a minute is harmless and keeps far deadlines representable.
  auto left = std::clamp<std::chrono::nanoseconds>(deadline - Clock::now(),
                                                   std::chrono::nanoseconds(0),
                                                   std::chrono::minutes(1));
  timespec timeout = {static_cast<time_t>(left.count() / 1000000000),
                      static_cast<long>(left.count() % 1000000000)};
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&ticket), FUTEX_WAIT_PRIVATE,
          seen, &timeout, nullptr, 0);
}

} // namespace mpcrt

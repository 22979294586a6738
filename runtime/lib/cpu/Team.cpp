//===- Team.cpp - A device's threads --------------------------------------===//
#include "Team.h"
#include <algorithm>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// libgomp's interface. Declared here because -fopenmp would make clang bring
// its own OpenMP library, whose threads oneDNN does not share.
extern "C" {
void GOMP_parallel(void (*function)(void *), void *data, unsigned threads,
                   unsigned flags);
int omp_get_thread_num(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);
}

#if defined(__SANITIZE_THREAD__)
#define MPCRT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MPCRT_TSAN 1
#endif
#endif
#if MPCRT_TSAN
extern "C" void __tsan_acquire(void *address);
extern "C" void __tsan_release(void *address);
#endif

namespace mpcrt {

// libgomp is not built for the thread sanitizer, which so cannot see that a
// fork comes after what the caller did before it, and the join after the
// slices.
static void publish([[maybe_unused]] void *place) {
#if MPCRT_TSAN
  __tsan_release(place);
#endif
}
static void observe([[maybe_unused]] void *place) {
#if MPCRT_TSAN
  __tsan_acquire(place);
#endif
}

namespace {
struct Slices {
  Team::RangeFunction function;
  void *context;
  int64_t extent, size;

  void run(int64_t number) const {
    int64_t begin = number * size;
    if (begin < extent)
      function(context, begin, std::min(extent, begin + size));
  }
};
} // namespace

/// Numbers below the smallest normal one are zero, read or computed: a
/// subnormal costs a hundred cycles, and gradients of a saturated softmax are
/// full of them.
static void flushSubnormals() {
#if defined(__x86_64__)
  constexpr unsigned flushToZero = 0x8000, denormalsAreZero = 0x0040;
  _mm_setcsr(_mm_getcsr() | flushToZero | denormalsAreZero);
#elif defined(__aarch64__)
  constexpr uint64_t flushToZero = uint64_t{1} << 24;
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  asm volatile("msr fpcr, %0" : : "r"(control | flushToZero));
#endif
}

void Team::bindThread() const {
  omp_set_num_threads(threads);
  flushSubnormals();
  // The threads that this forks stay, and serve every later fork.
  GOMP_parallel([](void *) { flushSubnormals(); }, nullptr,
                static_cast<unsigned>(threads), 0);
}

void Team::parallelFor(int64_t extent, int64_t grain, RangeFunction function,
                       void *context) const {
  int64_t grains = (extent - 1) / grain + 1;
  int64_t perSlice = (grains - 1) / threads + 1;
  if (threads == 1 || grains <= perSlice)
    return function(context, 0, extent);
  Slices slices{function, context, extent, perSlice * grain};
  // Always the whole team: libgomp ends threads when a team shrinks.
  publish(&slices);
  GOMP_parallel(
      [](void *data) {
        observe(data);
        static_cast<const Slices *>(data)->run(omp_get_thread_num());
        publish(data);
      },
      &slices, static_cast<unsigned>(threads), 0);
  observe(&slices);
}

int Team::defaultThreads(int devices) {
  return std::max(1, omp_get_max_threads() / std::max(1, devices));
}

TeamSize::TeamSize(int threads) : before(omp_get_max_threads()) {
  omp_set_num_threads(threads);
}

TeamSize::~TeamSize() { omp_set_num_threads(before); }

} // namespace mpcrt

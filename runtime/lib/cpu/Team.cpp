//===- Team.cpp - A device's threads --------------------------------------===//
#include "Team.h"
#include <algorithm>

// libgomp's interface. Declared here because -fopenmp would make clang bring
// its own OpenMP library, whose threads oneDNN does not share.
extern "C" {
void GOMP_parallel(void (*function)(void *), void *data, unsigned threads,
                   unsigned flags);
int omp_get_thread_num(void);
int omp_get_max_threads(void);
void omp_set_num_threads(int threads);
}

namespace mpcrt {

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

void Team::bindThread() const { omp_set_num_threads(threads); }

void Team::parallelFor(int64_t extent, int64_t grain, RangeFunction function,
                       void *context) const {
  int64_t grains = (extent - 1) / grain + 1;
  int64_t perSlice = (grains - 1) / threads + 1;
  if (threads == 1 || grains <= perSlice)
    return function(context, 0, extent);
  Slices slices{function, context, extent, perSlice * grain};
  // Always the whole team: libgomp ends threads when a team shrinks.
  GOMP_parallel(
      [](void *data) {
        static_cast<const Slices *>(data)->run(omp_get_thread_num());
      },
      &slices, static_cast<unsigned>(threads), 0);
}

int Team::defaultThreads(int devices) {
  return std::max(1, omp_get_max_threads() / std::max(1, devices));
}

TeamSize::TeamSize(int threads) : before(omp_get_max_threads()) {
  omp_set_num_threads(threads);
}

TeamSize::~TeamSize() { omp_set_num_threads(before); }

} // namespace mpcrt

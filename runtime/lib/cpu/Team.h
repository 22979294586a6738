//===- Team.h - A device's threads ------------------------------*- C++ -*-===//
#ifndef MPCRT_CPU_TEAM_H
#define MPCRT_CPU_TEAM_H

#include <cstdint>

namespace mpcrt {

/// The OpenMP team of the calling thread: the very one that oneDNN uses, so
/// that kernels and matmuls share their threads. A team has a fixed size, and a
/// range is always cut the same way: results never depend on timing.
class Team {
public:
  explicit Team(int threads) : threads(threads) {}

  /// Makes `threads` the team size of the calling thread, for oneDNN too. From
  /// here on its threads take subnormal numbers for zero.
  void bindThread() const;

  using RangeFunction = void (*)(void *context, int64_t begin, int64_t end);
  /// Cuts [0, extent) in at most `threads` slices of equal multiples of
  /// `grain`. With one slice nothing is forked; so a grain is worth some
  /// microseconds.
  void parallelFor(int64_t extent, int64_t grain, RangeFunction function,
                   void *context) const;

  int size() const { return threads; }

  /// max(1, cores / devices); the cores are those OpenMP would use
  /// (OMP_NUM_THREADS, or the cores this process may run on).
  static int defaultThreads(int devices);

private:
  int threads;
};

/// Sets the calling thread's team size for a scope.
class TeamSize {
public:
  explicit TeamSize(int threads);
  ~TeamSize();
  TeamSize(const TeamSize &) = delete;
  TeamSize &operator=(const TeamSize &) = delete;

private:
  int before;
};

} // namespace mpcrt

#endif // MPCRT_CPU_TEAM_H

//===- TeamReduction.h - A member's part of a reduction ---------*- C++ -*-===//
#ifndef MPCRT_COMM_TEAMREDUCTION_H
#define MPCRT_COMM_TEAMREDUCTION_H

#include "../core/Collective.h"
#include "../core/Device.h"
#include "../core/Reduction.h"

namespace mpcrt {

/// Up to so many bytes an all_reduce has every member read everything: one
/// exchange less is worth more than reading it once.
inline constexpr int64_t smallBytes = 32 << 10;

/// Elements of the slice that each of `members` reduces of a large all_reduce;
/// whole cache lines.
int64_t sliceOf(int64_t count, int64_t members);

/// Reduces `count` elements of all `sources`, from element `begin` on, in their
/// order, on the team of `device`.
void reduceOnTeam(Device &device, const CollectiveLaunch &launch,
                  std::span<const char *const> sources, int64_t begin,
                  int64_t count, const Results &results);

} // namespace mpcrt

#endif // MPCRT_COMM_TEAMREDUCTION_H

//===- TeamReduction.cpp - A member's part of a reduction -----------------===//
#include "TeamReduction.h"
#include "../core/DType.h"

namespace mpcrt {

// Slices of less are not worth waking a device's team.
static constexpr int64_t grainBytes = 128 << 10;

int64_t sliceOf(int64_t count, int64_t members) {
  return (count / members / 64 + 1) * 64;
}

void reduceOnTeam(Device &device, const CollectiveLaunch &launch,
                  std::span<const char *const> sources, int64_t begin,
                  int64_t count, const Results &results) {
  int64_t elem = dtypeBytes(launch.dtype);
  if (count <= 0)
    return;
  parallelFor(device, count, grainBytes / elem, [&](int64_t from, int64_t to) {
    reduceElements(launch.dtype, launch.reduce, sources, (begin + from) * elem,
                   {results.to, results.offset + from * elem}, to - from);
  });
}

} // namespace mpcrt

//===- Reduction.h - Element-wise reductions --------------------*- C++ -*-===//
#ifndef MPCRT_CORE_REDUCTION_H
#define MPCRT_CORE_REDUCTION_H

#include "Manifest.h"

namespace mpcrt {

/// Where a reduction is written to: all of `to`, which begin `offset` bytes
/// further.
struct Destinations {
  std::span<char *const> to;
  int64_t offset = 0;
};

/// result[i] = ((src0[i] + src1[i]) + src2[i]) ... for `count` elements, in the
/// order of `sources`, which all begin `offset` bytes further; max and min
/// likewise, and a NaN wins. bf16 and f16 are reduced in f32 and rounded once.
/// A result may be one of the sources.
void reduceElements(int32_t dtype, Reduce reduce,
                    std::span<const char *const> sources, int64_t offset,
                    const Destinations &results, int64_t count);

} // namespace mpcrt

#endif // MPCRT_CORE_REDUCTION_H

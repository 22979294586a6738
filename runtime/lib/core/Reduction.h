//===- Reduction.h - Element-wise reductions --------------------*- C++ -*-===//
#ifndef MPCRT_CORE_REDUCTION_H
#define MPCRT_CORE_REDUCTION_H

#include "Manifest.h"

namespace mpcrt {

/// dst[i] = ((src0[i] + src1[i]) + src2[i]) ... for `count` elements, in the
/// order of `sources`, which all begin `offset` bytes further; max and min
/// likewise, and a NaN wins. bf16 and f16 are reduced in f32 and rounded once.
/// `dst` may be one of the sources.
void reduceElements(int32_t dtype, Reduce reduce,
                    std::span<const char *const> sources, int64_t offset,
                    char *dst, int64_t count);

} // namespace mpcrt

#endif // MPCRT_CORE_REDUCTION_H

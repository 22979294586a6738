//===- Accumulate.h - Adds boxes into the host's outputs --------*- C++ -*-===//
#ifndef MPCRT_CORE_ACCUMULATE_H
#define MPCRT_CORE_ACCUMULATE_H

#include "Manifest.h"

namespace mpcrt {

/// Sets every output that accumulates to zero.
void clearAccumulated(const Program &program, const mpcrt_buffer *outputs);

/// Adds the contributions of a finished run to the outputs in their fixed
/// order, so that the sums are bitwise repeatable.
void addContributions(const Program &program, const char *staging,
                      const mpcrt_buffer *outputs);

} // namespace mpcrt

#endif // MPCRT_CORE_ACCUMULATE_H

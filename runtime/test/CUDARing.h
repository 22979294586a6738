//===- CUDARing.h - A step with all that runs beside compute ----*- C++ -*-===//
#ifndef MPCRT_TEST_CUDARING_H
#define MPCRT_TEST_CUDARING_H

#include "CUDAStandin.h"
#include "TestSession.h"

namespace mpcrt::test {

constexpr int ringMicros = 3;
extern const Kernels ringKernels;

/// Every device, for every micro-batch: computes beside an all_reduce, passes
/// its result round a ring, multiplies, reduces at once and fetches. All
/// micro-batches use the same buffers.
json ring(int devices);

/// The outputs of the last step, and the error of the first that fails.
struct RingResults {
  std::vector<float> y, sum;
  std::string error;
  bool operator==(const RingResults &) const = default;
};

/// Some steps on different inputs in one session.
RingResults runRing(
    const json &manifest, int devices,
    const std::function<void()> &beforeTheLastStep = [] {}, int steps = 2,
    const mpcrt_options &options = {});

} // namespace mpcrt::test

#endif // MPCRT_TEST_CUDARING_H

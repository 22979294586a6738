//===- Pipeline.h - Stages, replicas and uneven blocks, for tests -*- C++
//-*-===//
#ifndef MPCRT_TEST_PIPELINE_H
#define MPCRT_TEST_PIPELINE_H

#include "TestSession.h"
#include <functional>

namespace mpcrt::test {

/// Two stages of two replicas, one forward one backward: activations go from
/// devices 0 and 1 to 2 and 3, gradients back, received early beside compute.
/// At the end gradients are reduced by replicas beside compute, then scattered
/// and gathered by columns in uneven blocks over all devices, and moved from a
/// split by rows to one by columns and back. It takes ringKernels.
json pipelineManifest();

/// Outputs of two steps.
struct PipelineResults {
  std::vector<float> reduced, gathered;
  std::string error;
  bool operator==(const PipelineResults &) const = default;
};
PipelineResults runPipeline(
    const json &manifest, mpcrt_options options = {},
    const std::function<void()> &beforeTheLastStep = [] {});

} // namespace mpcrt::test

#endif // MPCRT_TEST_PIPELINE_H

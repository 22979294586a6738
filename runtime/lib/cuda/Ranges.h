//===- Ranges.h - What NVIDIA's tools show of the host ----------*- C++ -*-===//
#ifndef MPCRT_CUDA_RANGES_H
#define MPCRT_CUDA_RANGES_H

#include "../core/Device.h"

namespace mpcrt::cuda {

/// Ranges of the calling thread for tools such as Nsight Systems, by NVTX: in
/// the domain "mpc", named by the action's id, of the category "compute",
/// "collective" or "message". What a thread asks the GPU for inside is shown
/// below the range. Next to nothing where no tool has been injected
/// (NVTX_INJECTION64_PATH), and nothing in a build without NVTX's headers.
void beginRange(const Action &action, Work work);
void endRange();

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_RANGES_H

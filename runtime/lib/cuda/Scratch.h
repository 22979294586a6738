//===- Scratch.h - The arena's workspace ------------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_SCRATCH_H
#define MPCRT_CUDA_SCRATCH_H

#include "../core/Manifest.h"

namespace mpcrt::cuda {

/// What a launch may use besides its operands, until it is done.
struct Scratch {
  Index device;
  char *memory;
  int64_t bytes;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_SCRATCH_H

//===- AttentionWorkspace.h - What cuDNN needs beside -----------*- C++ -*-===//
//
// Also the compiler's, which plans the memory: nothing of CUDA is needed here.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_ATTENTIONWORKSPACE_H
#define MPCRT_CUDA_ATTENTIONWORKSPACE_H

#include "mpcrt/abi.h"

namespace mpcrt::cuda {

/// cuDNN's workspace, a multiple of 256. An estimate: it is what version 9.19
/// needs for a deterministic gradient on GPUs of sm_80 and sm_90. Most of it
/// are the gradients of all scores, which grow with the square of the length.
int64_t attentionWorkspace(const mpcrt_attention_desc &desc);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_ATTENTIONWORKSPACE_H

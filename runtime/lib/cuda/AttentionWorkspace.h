//===- AttentionWorkspace.h - What cuDNN needs beside -----------*- C++ -*-===//
//
// Also the compiler's, which plans the memory: nothing of CUDA is needed here.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_ATTENTIONWORKSPACE_H
#define MPCRT_CUDA_ATTENTIONWORKSPACE_H

#include "mpcrt/abi.h"

namespace mpcrt::cuda {

/// Bytes of the gradients of all scores of a problem that the deterministic
/// gradient keeps at most; where they are more, it adds the parts of dQ up in
/// one order instead, which is slower, if the version of cuDNN can.
constexpr int64_t mostScoreBytes = int64_t{256} << 20;

/// An estimate of cuDNN's workspace, a multiple of 256.
int64_t attentionWorkspace(const mpcrt_attention_desc &desc);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_ATTENTIONWORKSPACE_H

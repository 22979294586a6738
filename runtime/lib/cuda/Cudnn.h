//===- Cudnn.h - cuDNN and its plugin, loaded at run time -------*- C++ -*-===//
#ifndef MPCRT_CUDA_CUDNN_H
#define MPCRT_CUDA_CUDNN_H

#include "AttentionPlugin.h"
#include <source_location>

namespace mpcrt::cuda {

/// The functions of libmpcrt-cudnn.so, and the cuDNN that it works with.
struct Cudnn {
#define MPCRT_FIELD(name, parameters) int(*name) parameters;
  MPCRT_ATTENTION_FUNCTIONS(MPCRT_FIELD)
#undef MPCRT_FIELD
  size_t (*cudnnGetVersion)();
  void *library; ///< for mpcrt_attention_open
};

/// Loaded at the first call, and stays loaded. Fails with MPCRT_UNSUPPORTED,
/// what is missing and what to do. MPCRT_CUDNN_PLUGIN and MPCRT_CUDNN_LIBRARY
/// name other files.
const Cudnn &cudnn();

/// Throws a DeviceError "cuDNN: TEXT" for what a function of the plugin has
/// returned.
void checkCudnn(int status, const AttentionError &error,
                std::source_location where = std::source_location::current());

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_CUDNN_H

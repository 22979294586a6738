//===- Library.h - NCCL, loaded at run time ---------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_LIBRARY_H
#define MPCRT_CUDA_NCCL_LIBRARY_H

#include "Types.h"
#include <string>

namespace mpcrt::cuda {

/// Collectives and messages between GPUs, libnccl.so.2.
struct Nccl {
#define MPCRT_NCCL(name, parameters) int(*name) parameters;
#define MPCRT_NCCL_OPTIONAL(name, parameters) int(*name) parameters;
#include "Symbols.def"
  const char *(*ncclGetErrorString)(int result);
  const char *(*ncclGetLastError)(NcclComm comm);
};

/// Loaded at the first call. Fails with MPCRT_UNSUPPORTED, what is missing and
/// what to do. MPCRT_NCCL_LIBRARY names another file.
const Nccl &nccl();

/// "unhandled system error (NCCL status 2): what NCCL has said last".
std::string describeNccl(int result);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_LIBRARY_H

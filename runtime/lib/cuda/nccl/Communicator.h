//===- Communicator.h - Processes with a GPU each ---------------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_COMMUNICATOR_H
#define MPCRT_CUDA_NCCL_COMMUNICATOR_H

#include "../../core/Communicator.h"

namespace mpcrt::cuda {

/// "nccl": one device a process; everything between processes is NCCL's. The
/// world's transport carries what makes them find each other, heartbeats and
/// notices of failure.
const CommunicatorDriver &ncclDriver();

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_COMMUNICATOR_H

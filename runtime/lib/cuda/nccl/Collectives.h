//===- Collectives.h - The runtime's collectives by NCCL --------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_COLLECTIVES_H
#define MPCRT_CUDA_NCCL_COLLECTIVES_H

#include "../CUDADevice.h"
#include "Connections.h"

namespace mpcrt::cuda {

/// A member's place in its group.
struct Membership {
  Index position = 0, size = 0;
};
Membership membership(const std::vector<Index> &members, Index device);

/// How a collective of this runtime, which has blocks of any dimension and a
/// smaller last one, becomes calls of NCCL, which has equal parts one after the
/// other:
///
///   all_reduce       ncclAllReduce
///   all_gather       ncclAllGather of equal blocks of the first dimension,
///   else
///                    to each its piece
///   reduce_scatter   ncclReduceScatter of equal blocks of the first dimension,
///                    else of blocks that are packed, and as large as the
///                    largest
///   all_to_all       to each its piece
///
/// "To each its piece" is a group of sends and receives; a piece that does not
/// lie in one run is packed into scratch memory, or unpacked from there.
struct CollectiveCall {
  const CollectiveLaunch &launch;
  Membership self;
  NcclComm comm;
  const char *src;
  char *dst;
  char *scratch;
  Stream stream;
};
void performCollective(const CollectiveCall &call, Connections &connections,
                       const CUDADevice &device);

/// The bytes of scratch memory that it needs.
int64_t scratchBytes(const CollectiveLaunch &launch, Membership self);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_COLLECTIVES_H

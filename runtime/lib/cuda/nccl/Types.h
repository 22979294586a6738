//===- Types.h - NCCL's types, as far as they are used ----------*- C++ -*-===//
#ifndef MPCRT_CUDA_NCCL_TYPES_H
#define MPCRT_CUDA_NCCL_TYPES_H

#include "../Types.h"
#include <climits>

namespace mpcrt::cuda {

using NcclComm = struct NcclCommTag *;

/// What a first process makes, and all have to know to find each other.
struct NcclId {
  char bytes[128];
};

/// As of version 2.18; later ones take it and have defaults for the rest.
struct NcclConfig {
  size_t size = sizeof(NcclConfig);
  unsigned magic = 0xcafebeef;
  unsigned version = 21800;
  int isBlocking = 1;
  int clusterSize = INT_MIN, leastBlocks = INT_MIN, mostBlocks = INT_MIN;
  const char *network = nullptr;
  int sharesOfParent = INT_MIN;
};

enum : int {
  NcclSuccess = 0,
  NcclSystemError = 2,
  NcclInvalidArgument = 4,
  NcclInvalidUsage = 5,
  NcclRemoteError = 6,
  NcclInProgress = 7, // not yet done, nothing is wrong

  NcclInt8 = 0,
  NcclInt32 = 2,
  NcclInt64 = 4,
  NcclFloat16 = 6,
  NcclFloat32 = 7,
  NcclFloat64 = 8,
  NcclBFloat16 = 9,

  NcclSum = 0,
  NcclMax = 2,
  NcclMin = 3,

  NcclNoColor = -1, // in no part of a split
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_NCCL_TYPES_H

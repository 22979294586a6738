//===- HeaderCheck.cpp - Our prototypes against nccl.h --------------------===//
//
// Built where the header is found.
//
//===----------------------------------------------------------------------===//
#include "../SameCall.h"
#include "Types.h"
#include <nccl.h>

namespace mpcrt::cuda {

#define MPCRT_NCCL(name, parameters)                                           \
  static_assert(sameCall<int(*) parameters, decltype(&::name)>, #name);
#define MPCRT_NCCL_OPTIONAL(name, parameters) MPCRT_NCCL(name, parameters)
#include "Symbols.def"

static_assert(sizeof(NcclId) == sizeof(ncclUniqueId));
static_assert(offsetof(NcclConfig, magic) == offsetof(ncclConfig_t, magic));
static_assert(offsetof(NcclConfig, version) == offsetof(ncclConfig_t, version));
static_assert(offsetof(NcclConfig, isBlocking) ==
              offsetof(ncclConfig_t, blocking));
static_assert(offsetof(NcclConfig, network) == offsetof(ncclConfig_t, netName));
static_assert(offsetof(NcclConfig, sharesOfParent) ==
              offsetof(ncclConfig_t, splitShare));

MPCRT_SAME(INT_MIN, NCCL_CONFIG_UNDEF_INT);
MPCRT_SAME(NcclSuccess, ncclSuccess);
MPCRT_SAME(NcclSystemError, ncclSystemError);
MPCRT_SAME(NcclInvalidArgument, ncclInvalidArgument);
MPCRT_SAME(NcclInvalidUsage, ncclInvalidUsage);
MPCRT_SAME(NcclRemoteError, ncclRemoteError);
MPCRT_SAME(NcclInProgress, ncclInProgress);
MPCRT_SAME(NcclInt8, ncclInt8);
MPCRT_SAME(NcclInt32, ncclInt32);
MPCRT_SAME(NcclInt64, ncclInt64);
MPCRT_SAME(NcclFloat16, ncclFloat16);
MPCRT_SAME(NcclFloat32, ncclFloat32);
MPCRT_SAME(NcclFloat64, ncclFloat64);
MPCRT_SAME(NcclBFloat16, ncclBfloat16);
MPCRT_SAME(NcclSum, ncclSum);
MPCRT_SAME(NcclMax, ncclMax);
MPCRT_SAME(NcclMin, ncclMin);
MPCRT_SAME(NcclNoColor, NCCL_SPLIT_NOCOLOR);

} // namespace mpcrt::cuda

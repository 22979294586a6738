//===- Detect.h - the GPUs of this machine as a cluster ---------*- C++ -*-===//
//
// `--cluster=detect`. The runtime asks NVIDIA's driver, which it loads when it
// is asked; what the driver does not tell comes from a table of architectures.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CLUSTER_DETECT_H
#define MPC_CLUSTER_DETECT_H

#include "mpc/Cluster/Cluster.h"
#include "mpcrt/mpcrt.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mpc {

/// The GPUs that the driver shows, in its order. Without a driver the error
/// says what to do.
llvm::Expected<Cluster> detectCluster();

/// A cluster of such devices, of which there is at least one. `getLink` gives
/// an MPCRT_LINK_* for two of them. Example, four GPUs in pairs:
///
///   devices 0-1, 2-3: a bridge each   levels[0]: nvlink, size 2
///   the pairs: the bus                levels[1]: pcie, size 2
///
/// Blocks are of equal size and of consecutive devices. Where links lie
/// otherwise, they are not counted.
Cluster
makeClusterOf(llvm::ArrayRef<mpcrt_device_info> devices,
              llvm::function_ref<int32_t(size_t from, size_t to)> getLink);

} // namespace mpc

#endif

//===- CommCost.h - seconds of collectives and transfers --------*- C++ -*-===//
//
// Latency and bandwidth (alpha-beta), level by level of the topology: a group
// that spans nodes reduces inside each node first, then across with what is
// left. On one level of n members that move S bytes:
//
//   all_gather, reduce_scatter   (n-1) a + (n-1)/n S/B
//   all_reduce                   the cheaper of two rings of these and a tree:
//                                2 log2(n) a + 2 S/B
//   all_to_all                   (n-1) a + (n-1)/n S/n/B
//
//===----------------------------------------------------------------------===//

#ifndef MPC_COST_COMMCOST_H
#define MPC_COST_COMMCOST_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/IR/ReshardSteps.h"

namespace mpc {

/// `bytes` are those of the whole tensor: what an all-gather's result, or an
/// all-reduce's operand, holds. Slices are free.
double getCollectiveSeconds(ReshardStep::Kind kind, double bytes,
                            llvm::ArrayRef<int64_t> group,
                            const Cluster &cluster);

/// One device to another.
double getTransferSeconds(double bytes, int64_t from, int64_t to,
                          const Cluster &cluster);

/// The devices that differ from `device` in `axes` only, itself included.
llvm::SmallVector<int64_t> getAxisGroup(MeshAttr mesh, int64_t device,
                                        llvm::ArrayRef<mlir::StringAttr> axes);

/// A step of a reshard of a tensor of type `type` (global), for device 0.
double getStepSeconds(const ReshardStep &step, ShardingAttr before,
                      mlir::RankedTensorType type, MeshAttr mesh,
                      const Cluster &cluster);

/// A collective of a local body as `device` runs it; nothing for other ops.
struct CollectiveCost {
  ReshardStep::Kind kind;
  double seconds;
};
std::optional<CollectiveCost> getCollectiveCost(mlir::Operation *op,
                                                MeshAttr mesh, int64_t device,
                                                const Cluster &cluster);

} // namespace mpc

#endif

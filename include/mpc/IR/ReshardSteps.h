//===- ReshardSteps.h - from one sharding to another ------------*- C++ -*-===//
//
// A reshard as a short sequence of steps, each of which is one collective (or
// a local slice). The cost model prices the very steps that will run.
//
//   partial sum ["tensor"]  ->  replicated            all_reduce
//   partial sum ["data"]    ->  [["data"], []]        reduce_scatter
//   [["tensor"], []]        ->  [[], ["tensor"]]      all_to_all
//   replicated              ->  [["tensor"], []]      slice, free
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_RESHARDSTEPS_H
#define MPC_IR_RESHARDSTEPS_H

#include "mpc/IR/ShardingProjection.h"

namespace mpc {

struct ReshardStep {
  enum Kind { Slice, AllReduce, ReduceScatter, AllGather, AllToAll } kind;
  /// The group: devices that differ in these axes only.
  llvm::SmallVector<mlir::StringAttr, 2> axes;
  /// Slice, gather, scatter: the dimension. All-to-all: the one that was cut.
  int64_t dim = 0;
  /// All-to-all: the dimension that gets cut.
  int64_t toDim = 0;
  /// How the value lies after this step.
  ShardingAttr result;
};

/// The steps from `from` to `to`; slices first, since they shrink what the
/// others move, gathers last. Neither may be partial on the time axis, and
/// `to` may be partial only where `from` is.
llvm::SmallVector<ReshardStep> getReshardSteps(ShardingAttr from,
                                               ShardingAttr to, MeshAttr mesh);

llvm::StringRef getName(ReshardStep::Kind kind);

} // namespace mpc

#endif

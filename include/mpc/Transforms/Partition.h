//===- Partition.h - the partitioning passes as functions -------*- C++ -*-===//
//
// For those who partition clones, as the planner does for every candidate:
//
//   applyPlan(module, plan) -> formStages(module) -> localize(module)
//         -> overlapCommunication(module) -> scheduleModule(module)
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TRANSFORMS_PARTITION_H
#define MPC_TRANSFORMS_PARTITION_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// mpc-form-stages: programs and global bodies.
mlir::LogicalResult formStages(mlir::ModuleOp module);

/// mpc-localize: local bodies.
mlir::LogicalResult localize(mlir::ModuleOp module);

/// mpc-overlap-communication: collectives start as early as they can.
mlir::LogicalResult overlapCommunication(mlir::ModuleOp module);

/// mpc-schedule: edges and lists.
mlir::LogicalResult scheduleModule(mlir::ModuleOp module);

} // namespace mpc

#endif

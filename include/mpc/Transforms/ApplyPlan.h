//===- ApplyPlan.h - a plan into the IR -------------------------*- C++ -*-===//

#ifndef MPC_TRANSFORMS_APPLYPLAN_H
#define MPC_TRANSFORMS_APPLYPLAN_H

#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Sharding/Propagation.h"

namespace mpc {

/// The mesh of a plan; with the time axis when there is more than one
/// micro-batch.
MeshAttr getMesh(const Plan &plan, mlir::MLIRContext *context);

/// Numbers the ops of `func` that have no number: `mpc.origin`.
void numberOps(mlir::func::FuncOp func);

/// The stage of every op (by its origin), `mpc.stage`, and of every variable:
/// the one that owns and updates it. Variables and constants have no stage as
/// ops: each stage reads what it needs.
void assignStages(mlir::ModuleOp module, mlir::func::FuncOp func,
                  llvm::ArrayRef<int64_t> stages);

/// The seeds of propagation that a plan means for one function: variables as
/// the plan says (optimizer state follows its variable), the batch dimension of
/// the arguments on `data` and time. Fails where a dimension cannot be cut so.
mlir::FailureOr<PlacementSeeds>
getSeeds(mlir::ModuleOp module, mlir::func::FuncOp func, const Plan &plan);

/// Numbers, stages, propagates and inserts reshards in every public function.
mlir::LogicalResult applyPlan(mlir::ModuleOp module, const Plan &plan);

} // namespace mpc

#endif

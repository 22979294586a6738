//===- StateSharding.h - ZeRO: what replicas share --------------*- C++ -*-===//
//
// Data-parallel replicas repeat the optimizer's work and memory. ZeRO shares
// them: each replica keeps a part of the state, updates this part, and all
// gather the result. Here this is one more axis on a dimension of a variable;
// the collectives follow from the sharding rules:
//
//   stage  cut over "data"              gradient         parameter
//   0      nothing                      all_reduce
//   1      optimizer state, update      reduce_scatter   all_gather, updated
//   2      gradient sums as well        reduce_scatter in each micro-batch
//   3      parameters as well           the same         all_gather where used
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TRANSFORMS_STATESHARDING_H
#define MPC_TRANSFORMS_STATESHARDING_H

#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Sharding/Propagation.h"

namespace mpc {

/// The variable whose placement a piece of optimizer state follows: `w` of
/// `w.m`, when both have one shape; else the variable itself.
VariableOp getStateOwner(VariableOp variable, mlir::ModuleOp module);

/// Places state (and gradients, and parameters) by `plan.zero`, on top of the
/// placement of the variables in `seeds`. Leaves alone what is pinned, what the
/// plan places by name, and what cannot be cut once more.
void shareState(mlir::ModuleOp module, const Plan &plan, PlacementSeeds &seeds);

} // namespace mpc

#endif

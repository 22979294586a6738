//===- Passes.h - passes that need the planner ------------------*- C++ -*-===//

#ifndef MPC_PIPELINES_PASSES_H
#define MPC_PIPELINES_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mpc/Planner/Planner.h"
#include "mpc/IR/MPC.h"

namespace mpc {

#define GEN_PASS_DECL
#include "mpc/Pipelines/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mpc/Pipelines/Passes.h.inc"

} // namespace mpc

#endif

//===- Passes.h - passes of importers ---------------------------*- C++ -*-===//

#ifndef MPC_FRONTEND_PASSES_H
#define MPC_FRONTEND_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mpc/IR/MPC.h"

namespace mpc {

#define GEN_PASS_DECL
#include "mpc/Frontend/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mpc/Frontend/Passes.h.inc"

} // namespace mpc

#endif

//===- Passes.h - all conversions -------------------------------*- C++ -*-===//

#ifndef MPC_CONVERSION_PASSES_H
#define MPC_CONVERSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/IR/MPC.h"

namespace mpc {

#define GEN_PASS_DECL
#include "mpc/Conversion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mpc/Conversion/Passes.h.inc"

} // namespace mpc

#endif

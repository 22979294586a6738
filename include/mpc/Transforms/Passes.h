//===- Passes.h - all transformations ---------------------------*- C++ -*-===//

#ifndef MPC_TRANSFORMS_PASSES_H
#define MPC_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mpc/IR/MPC.h"

namespace mpc {

enum class LossKind { CrossEntropy, NextToken, SquaredError };
enum class OptimizerKind { SGD, Adam, AdamW };

#define GEN_PASS_DECL
#include "mpc/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "mpc/Transforms/Passes.h.inc"

} // namespace mpc

#endif

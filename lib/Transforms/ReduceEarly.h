//===- ReduceEarly.h - gradients are reduced in the backward ----*- C++ -*-===//

#ifndef MPC_LIB_TRANSFORMS_REDUCEEARLY_H
#define MPC_LIB_TRANSFORMS_REDUCEEARLY_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// Moves what the update does first with a gradient, its reduction over the
/// replicas, to where the last micro-batch has completed it. The last
/// micro-batch's backward becomes a body of its own for that.
void reduceEarly(ProgramOp program);

} // namespace mpc

#endif

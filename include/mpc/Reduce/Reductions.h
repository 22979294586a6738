//===- Reductions.h - how a failing module is made smaller ------*- C++ -*-===//

#ifndef MPC_REDUCE_REDUCTIONS_H
#define MPC_REDUCE_REDUCTIONS_H

#include "mlir/IR/DialectRegistry.h"

namespace mpc {

/// Gives the mpc dialect the patterns of mpc-reduce's `-reduction-tree`:
///
/// - an op becomes one of its operands of the result's type,
/// - or else a constant 1.
///
/// What is no longer used is then removed. Values change, types do not: the
/// module stays valid, and the caller's test says whether it still fails.
void registerReductions(mlir::DialectRegistry &registry);

} // namespace mpc

#endif

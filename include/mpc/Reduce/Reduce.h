//===- Reduce.h - makes a failing module smaller ----------------*- C++ -*-===//

#ifndef MPC_REDUCE_REDUCE_H
#define MPC_REDUCE_REDUCE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mpc {

/// Does a module still show the behaviour that is looked for?
using InterestingTest = llvm::function_ref<bool(mlir::ModuleOp)>;

/// The smallest interesting module that single steps lead to from `module`,
/// which is interesting itself. A step
///
/// - erases an op without users, a function or a variable,
/// - or replaces an op by one of its operands of the result's type,
/// - or by a constant 1.
///
/// Values change, types do not; only valid modules are tested. The number of
/// tests grows with the square of the ops at worst, and with the ops in
/// practice. (MLIR's own -reduction-tree tests modules with null operands, and
/// crashes on them.)
mlir::OwningOpRef<mlir::ModuleOp> reduceModule(mlir::ModuleOp module,
                                               InterestingTest isInteresting);

} // namespace mpc

#endif

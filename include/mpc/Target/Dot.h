//===- Dot.h - a module's op graph for Graphviz -----------------*- C++ -*-===//

#ifndef MPC_TARGET_DOT_H
#define MPC_TARGET_DOT_H

#include "mlir/IR/BuiltinOps.h"

namespace mpc {

/// Writes the ops of every function as one directed graph, to be drawn by
/// `dot -Tsvg`. A function is a cluster; edges carry types; a variable is one
/// node that its reads and assignments share, whatever function they are in.
llvm::LogicalResult exportDot(mlir::ModuleOp module, llvm::raw_ostream &os);

} // namespace mpc

#endif

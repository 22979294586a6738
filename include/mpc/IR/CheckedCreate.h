//===- CheckedCreate.h - ops from operands that may not fit -----*- C++ -*-===//
//
// An op's own builder ends the process where the result types cannot be
// inferred. What builds ops from files or from users' calls asks this function,
// which leaves a diagnostic and makes nothing:
//
//   OperationState state(loc, "mpc.matmul", {a, b});
//   Operation *product = createChecked(builder, state);  // null: inner sizes
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_CHECKEDCREATE_H
#define MPC_IR_CHECKEDCREATE_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// A verified op, with inferred types where `state` has none. Null after an
/// error; an op that does not verify is not left behind.
mlir::Operation *createChecked(mlir::OpBuilder &builder,
                               mlir::OperationState &state);

} // namespace mpc

#endif

//===- MPC.h - the mpc dialect: umbrella header -----------------*- C++ -*-===//

#ifndef MPC_IR_MPC_H
#define MPC_IR_MPC_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mpc/IR/Sharding.h"
#include "mpc/IR/ShardingRule.h"
#include "llvm/ADT/BitVector.h"

namespace mpc {
/// A static shape without empty dimensions, of a size that fits an int64_t, and
/// no encoding: what every tensor of a program has.
bool hasModelShape(mlir::Type type);

/// bf16 and f16: what is narrower than the type in which sums are taken.
bool isNarrowFloat(mlir::Type element);

/// Copies `op` with operands that `widen` gives where they are narrow, and a
/// result in f32.
mlir::Value
buildOnWideOperands(mlir::Operation *op, mlir::OpBuilder &builder,
                    llvm::function_ref<mlir::Value(mlir::OpOperand &)> widen);

/// What the devices of a group see of each other.
struct Exchange : mlir::SideEffects::Resource::Base<Exchange> {
  llvm::StringRef getName() final { return "Exchange"; }
};

/// Whether all devices of a group have to execute `op` together.
bool communicates(mlir::Operation *op);
} // namespace mpc

#include "mpc/IR/MPCDialect.h.inc"

#define GET_ATTRDEF_CLASSES
#include "mpc/IR/MPCAttrs.h.inc"

#include "mpc/IR/MPCInterfaces.h.inc"

#define GET_OP_CLASSES
#include "mpc/IR/MPCOps.h.inc"

#endif

//===- TeamReduction.h - one value of a team's threads ----------*- C++ -*-===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_TEAMREDUCTION_H
#define MPC_CONVERSION_FUSEDTOGPU_TEAMREDUCTION_H

#include "../FusedToVector/VectorBuilder.h"
#include "BlockPlan.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace mpc {

/// Reduces over teams: by shuffles within a warp, and what is left of several
/// warps in shared memory, of which every reduction has a part of its own, so
/// that a phase needs one barrier.
class TeamReduction {
public:
  TeamReduction(const BlockPlan &block, VectorBuilder &vectors,
                mlir::gpu::GPUFuncOp function)
      : block(block), v(vectors), b(vectors.getBuilder()), function(function) {}

  /// What is known of the calling thread.
  void setThread(mlir::Value number, mlir::Value teamNumber) {
    thread = number;
    team = teamNumber;
  }

  struct Operand {
    ReductionKind kind;
    /// The tensor's element type, and the thread's value of it: a scalar or a
    /// vector of items.
    mlir::Type element;
    mlir::Value value;
  };
  /// The same for all threads of a team.
  llvm::SmallVector<mlir::Value> reduce(llvm::ArrayRef<Operand> operands);

private:
  mlir::Value overWarp(const Operand &operand, mlir::Value value);
  mlir::Value shuffle(mlir::Value value, int64_t distance);
  mlir::Value combine(const Operand &operand, mlir::Value x, mlir::Value y);
  mlir::Value toWire(mlir::Value value);
  mlir::Value fromWire(mlir::Value value, mlir::Type type);
  void writeGroup(mlir::Value value, mlir::Value buffer);
  mlir::Value readGroups(const Operand &operand, mlir::Value buffer,
                         mlir::Type type);

  const BlockPlan &block;
  VectorBuilder &v;
  mlir::OpBuilder &b;
  mlir::gpu::GPUFuncOp function;
  mlir::Value thread, team;
};

} // namespace mpc

#endif

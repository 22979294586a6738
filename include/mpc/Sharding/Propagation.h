//===- Propagation.h - shardings of a whole function ------------*- C++ -*-===//
//
// Given the placement of variables and arguments, decides the placement of
// every op's factors in program order, from the sharding rules alone: operands
// vote, by their bytes, for the factor an axis should cut. Where the winner
// needs an operand placed differently from how its producer leaves it, a
// reshard is recorded.
//
// The update is decided from its end as well: where a new value is computed in
// parts (ZeRO), what it is made of is wanted in these parts, back to the
// gradients. These wishes vote like operands.
//
// Example: w1 [784, 512] cut by columns and w2 [512, 10] cut by rows on
// "tensor" makes the first matmul column-parallel, relu sharded, the second
// matmul a partial sum, and the bias that follows needs one all-reduce.
//
// This is an analysis: planners evaluate many placements with it; `apply`
// writes the one chosen into the IR.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_SHARDING_PROPAGATION_H
#define MPC_SHARDING_PROPAGATION_H

#include "mpc/IR/ReshardSteps.h"

namespace mpc {

/// Placements given from outside.
struct PlacementSeeds {
  MeshAttr mesh;
  /// By variable; others are replicated.
  llvm::StringMap<ShardingAttr> variables;
  /// By argument index; null entries are replicated.
  llvm::SmallVector<ShardingAttr> arguments;

  /// ZeRO: where a variable's new value is computed, if not where it is kept.
  /// Its gradient is reduced to these parts.
  llvm::StringMap<ShardingAttr> updates;
  /// ZeRO-3: how forward and backward use a variable that is kept in parts.
  llvm::StringMap<ShardingAttr> uses;
  /// ZeRO-2: gradients become parts in the backward of every micro-batch, and
  /// the parts are summed. Else sums of micro-batches are reduced once a step.
  bool reducesEachMicroBatch = false;

  /// Sequence parallelism over this axis; null: none. A partial sum is not
  /// completed on every device but cut along its tokens (reduce_scatter), and
  /// stays so until an op's other operands want the axis elsewhere
  /// (all_gather): norms, residuals and dropout then run, and are kept, in
  /// parts.
  mlir::StringAttr sequenceAxis;
};

struct OpSharding {
  FactorPlacement placement;
  /// How the op needs its operands, and leaves its results.
  llvm::SmallVector<ShardingAttr> operands, results;
  /// It belongs to the update, or is an op of the gradients that needs one
  /// complete, not as a sum over micro-batches: the gradient of tanh(w) is
  /// dy (1 - tanh(w)^2) with the sum over all dy.
  bool isOncePerStep = false;
};

class ShardingPropagation {
public:
  ShardingPropagation(mlir::func::FuncOp func, const PlacementSeeds &seeds)
      : func(func), seeds(seeds) {}

  /// Fails with a diagnostic where an op has no rule.
  mlir::LogicalResult run();

  const OpSharding &get(mlir::Operation *op) const { return shardings.at(op); }
  ShardingAttr getSharding(mlir::Value value) const { return values.at(value); }

  /// One entry for each operand (or function result) that is needed otherwise
  /// than it is; the same need of one value appears once.
  struct Reshard {
    mlir::OpOperand *use;
    ShardingAttr from, to;
  };
  llvm::SmallVector<Reshard> getReshards() const;

  /// Inserts `mpc.reshard` ops and sets `mpc.sharding` on ops and arguments.
  void apply();

private:
  /// How the update wants its values, from the assignments backward.
  void collectWishes();
  /// How `op` finds an operand: a variable in parts is used as a whole.
  ShardingAttr getGiven(mlir::Operation *op, mlir::Value operand) const;
  FactorPlacement choosePlacement(mlir::Operation *op, const ShardingRule &rule,
                                  llvm::ArrayRef<ShardingAttr> given);
  void visit(mlir::Operation *op);
  mlir::Value reduceInBackward(mlir::Value value, ShardingAttr need);
  bool isOncePerStep(mlir::Operation *op, llvm::ArrayRef<ShardingAttr> given,
                     llvm::ArrayRef<mlir::StringAttr> kept) const;
  void visitReturn(mlir::Operation *op);

  mutable mlir::func::FuncOp func;
  const PlacementSeeds &seeds;
  llvm::DenseMap<mlir::Operation *, OpSharding> shardings;
  llvm::DenseMap<mlir::Value, ShardingAttr> values, wishes;
  /// Values that sequence parallelism has cut.
  llvm::DenseSet<mlir::Value> cutByTokens;
  /// Reshards that `apply` made: value, need and phase.
  llvm::DenseMap<std::tuple<mlir::Value, mlir::Attribute, mlir::Attribute>,
                 mlir::Value>
      made;
};

/// The sharding a value has after `apply`, from its defining op or argument.
ShardingAttr getShardingOf(mlir::Value value);

} // namespace mpc

#endif

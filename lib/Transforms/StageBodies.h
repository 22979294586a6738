//===- StageBodies.h - which body an op of a function is in -----*- C++ -*-===//
//
// A body is what one stage does in one action: all forward ops of a stage, all
// of its backward ops, or one part of its update. The update has parts because
// stages wait for each other there: a part begins where a value comes from
// another stage's update (the count, the gradients' norm).
//
// A backward may come in two halves. The input-gradient is what other stages'
// backwards wait for, directly or not; all the rest, which only leads to
// gradients of variables, is the weight-gradient. So the first stage has no
// input-gradient, and each half may be empty.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_TRANSFORMS_STAGEBODIES_H
#define MPC_LIB_TRANSFORMS_STAGEBODIES_H

#include "mpc/IR/MPC.h"
#include "mpc/Schedule/Actions.h"
#include "mpc/Transforms/Recompute.h"

namespace mpc {

/// Sorts bodies as they run on one device.
struct BodyKey {
  schedule::ActionKind kind;
  int64_t stage;
  int64_t part;
  auto operator<=>(const BodyKey &) const = default;

  /// F0, B2, U1.0: stage, and part of the update.
  std::string getName() const;
};

class BodyAssignment {
public:
  BodyAssignment(mlir::func::FuncOp func, bool splitsBackward)
      : func(func), splitsBackward(splitsBackward),
        recomputed(findRecomputed(func)) {}

  /// Constants, reads, and scalar arithmetic on them and on whole arguments
  /// (the learning rate, the step) are repeated: that is cheaper than a
  /// transfer. So is a reshape of a variable, which is free; a cast of bf16 to
  /// f32, whose operand has half the bytes of its result; and the slices that
  /// take a value apart (fused q, k and v).
  void findRepeated();
  /// So is what the backward computes again instead of keeping it.
  bool isRepeated(mlir::Operation *op) const {
    return repeated.contains(op) || recomputed.contains(op);
  }

  /// Gives all other ops, which carry a stage, their body.
  mlir::LogicalResult run();

  /// Puts a copy of `op`, which has a body, into the same one.
  void addCopy(mlir::Operation *copy, mlir::Operation *op) {
    keys.insert({copy, keys.at(op)});
  }

  /// The body that computes the value; none for arguments and what is repeated.
  std::optional<BodyKey> getKey(mlir::Value value) const {
    mlir::Operation *op = value.getDefiningOp();
    return op ? getKey(op) : std::nullopt;
  }
  std::optional<BodyKey> getKey(mlir::Operation *op) const {
    auto it = keys.find(op);
    return it == keys.end() ? std::nullopt : std::optional(it->second);
  }

private:
  bool isCheapView(mlir::Operation *op) const;
  mlir::LogicalResult assignEarliest(mlir::Operation *op);
  void splitBackward();
  bool isAwaited(mlir::Value value, int64_t stage) const;
  void delay(mlir::Operation *op, BodyKey &key);
  void assignAfterReads(AssignOp assign);

  mlir::func::FuncOp func;
  bool splitsBackward;
  llvm::DenseSet<mlir::Operation *> repeated, recomputed;
  llvm::DenseMap<mlir::Operation *, BodyKey> keys;
};

} // namespace mpc

#endif

//===- ReverseSweep.h - gradients of one scalar -----------------*- C++ -*-===//
//
// Walks a function's ops backward from a scalar and adds, before the
// terminator, the ops that compute its gradients. Only what a trainable
// variable needs is computed: a value is *active* when it depends on one.
//
// New ops are `weight_grad` unless an activation's gradient depends on them,
// which makes them `input_grad`. They carry the origin of the op they
// differentiate; sums of an activation's gradients that of its earlier user.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_TRANSFORMS_REVERSESWEEP_H
#define MPC_LIB_TRANSFORMS_REVERSESWEEP_H

#include "mpc/Transforms/TrainingFunction.h"
#include "llvm/ADT/MapVector.h"

namespace mpc {

class ReverseSweep {
public:
  explicit ReverseSweep(mlir::func::FuncOp func);

  /// Fails at an op on the way that is neither differentiable nor decomposable.
  mlir::LogicalResult run(mlir::Value scalar);

  /// The gradient of a variable, over all its reads; null when it has none.
  mlir::Value getGradient(llvm::StringRef variable) const;

private:
  void markActive(mlir::Operation *op);
  /// Writes the op in simpler ones; the sweep goes on with the last of them.
  mlir::Operation *decompose(DecomposableOpInterface op);
  /// Leaves the origins of `hasLargeInside` ops on the function.
  void tagLargeInside();
  void differentiate(DifferentiableOpInterface op);
  void addGradient(mlir::Value value, mlir::Value gradient);
  mlir::Value getResultGradient(mlir::Value result) const;
  /// The ops behind an activation's gradient are wanted early.
  void markInputGrad(mlir::Value gradient);

  mlir::func::FuncOp func;
  Tagger tagger;
  mlir::OpBuilder builder;
  llvm::DenseSet<mlir::Value> active;
  llvm::DenseMap<mlir::Value, mlir::Value> gradients;
  llvm::StringMap<mlir::Value> variableGradients;
  llvm::SmallVector<int64_t> largeInside;
};

} // namespace mpc

#endif

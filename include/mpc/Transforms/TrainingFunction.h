//===- TrainingFunction.h - a model with its loss ---------------*- C++ -*-===//
//
// What training and evaluation have in common: a copy of the model whose ops
// are numbered, with one more argument, `label`, and a loss of the first
// output.
//
//   @main(%x) -> %logits
//   @train_step(%x, %label) -> %sum, %count, %logits
//
// Losses are (sum, count): gradients are of the sum, and the division comes
// once a step, so that uneven micro-batches and ignored labels come out right.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TRANSFORMS_TRAININGFUNCTION_H
#define MPC_TRANSFORMS_TRAININGFUNCTION_H

#include "mpc/Transforms/Passes.h"

namespace mpc {

/// Gives every new op the tags that are set: what builds ops sets them before.
struct Tagger : mlir::OpBuilder::Listener {
  Phase phase = Phase::Forward;
  int64_t origin = 0;
  void notifyOperationInserted(mlir::Operation *op,
                               mlir::OpBuilder::InsertPoint) override;
};

int64_t getOrigin(mlir::Operation *op);

/// Tags the ops of a model as forward ops, numbered in their order from 0.
/// Reads and constants get the number of their first user. Ops that are
/// numbered keep their numbers, so copies of one model have the same.
void tagForwardOps(mlir::func::FuncOp func);

struct LossOptions {
  LossKind kind = LossKind::CrossEntropy;
  int64_t ignoreIndex = -100;
};

struct ModelWithLoss {
  mlir::func::FuncOp func;
  /// Scalars: the sum over the batch, and what the mean is over.
  mlir::Value sum, count;
};

/// Copies function `model` to `name` and adds the loss; the copy still returns
/// the model's outputs. Fails with a diagnostic where there is no such model,
/// the name is taken, or the first output does not fit the loss.
mlir::FailureOr<ModelWithLoss> createModelWithLoss(mlir::ModuleOp module,
                                                   llvm::StringRef model,
                                                   llvm::StringRef name,
                                                   const LossOptions &options);

/// A result of a function and its attributes, `mpc.name` or `mpc.gradient`.
struct NamedResult {
  mlir::Value value;
  mlir::DictionaryAttr attributes;
};
llvm::SmallVector<NamedResult> getResults(mlir::func::FuncOp func);
void setResults(mlir::func::FuncOp func, llvm::ArrayRef<NamedResult> results);
NamedResult nameResult(mlir::Value value, llvm::StringRef attribute,
                       llvm::StringRef name);

/// The index of the argument called `name`, if there is one.
std::optional<unsigned> findArgument(mlir::func::FuncOp func,
                                     llvm::StringRef name);
/// Adds an argument at the end.
mlir::BlockArgument addArgument(mlir::func::FuncOp func, mlir::Type type,
                                llvm::StringRef name);

/// Computes the gradients among the results in f32 where they are narrower.
void widenGradients(mlir::func::FuncOp func);

/// Makes dropout the identity and drops the argument `step` if it is unused
/// then.
void stripDropout(mlir::func::FuncOp func);

} // namespace mpc

#endif

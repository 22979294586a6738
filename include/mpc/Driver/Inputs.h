//===- Inputs.h - data for a program ----------------------------*- C++ -*-===//

#ifndef MPC_DRIVER_INPUTS_H
#define MPC_DRIVER_INPUTS_H

#include "mpc/Data/Feed.h"
#include "mpc/Driver/Options.h"
#include "mpc/Driver/Training.h"

namespace mpc {

/// What integers of each input of @main must stay below: rows of the table that
/// they index. Key: the input's name.
llvm::StringMap<int64_t> getIndexLimits(mlir::ModuleOp model);

/// Last dimension of the model's first output: the number of classes. 0 for a
/// scalar.
int64_t getNumClasses(mlir::ModuleOp model);

/// Tokens that the model takes at once: dimension 1 of its first integer input
/// of rank 2, or 0.
int64_t getSequence(mlir::ModuleOp model);

/// Opens `text`; windows of tokens have the model's length.
llvm::Expected<std::shared_ptr<const data::Dataset>>
openData(llvm::StringRef text, data::Split split, const RunOptions &options,
         mlir::ModuleOp model);

/// True for .bin and .txt.
bool isTokenData(llvm::StringRef text);

/// --loss, or what the data suggest: next-token for tokens, mse for labels that
/// are floats, else cross-entropy.
llvm::Expected<LossKind> chooseLoss(const RunOptions &options,
                                    const data::Dataset &dataset);

/// Fetches `inputs` (with their batch dimension), with the limits that model
/// and loss impose on labels and indices. The arguments of @main come first.
llvm::Expected<data::Feed>
makeFeed(std::shared_ptr<const data::Dataset> dataset,
         llvm::ArrayRef<TensorInfo> inputs, mlir::ModuleOp model,
         const AutodiffOptions &loss);

} // namespace mpc

#endif

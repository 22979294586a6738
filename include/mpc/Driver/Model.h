//===- Model.h - the model and the split that options ask for ---*- C++ -*-===//

#ifndef MPC_DRIVER_MODEL_H
#define MPC_DRIVER_MODEL_H

#include "mpc/Driver/Options.h"
#include "mpc/Driver/Training.h"
#include <chrono>

namespace mpc {

/// A model file as the options change it: weights, frozen parameters, batch.
struct LoadedModel {
  // The module lives in the context: order matters.
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::optional<data::TensorStore> weights;
  double importSeconds = 0;

  const data::TensorStore *getWeights() const {
    return weights ? &*weights : nullptr;
  }
};

/// A `.mlir` or `.onnx` file. Errors carry the parser's diagnostics,
/// "file:line:column: error: ...". Dims that an ONNX file leaves open are given
/// by the options or by the arrays that will be fed.
llvm::Expected<LoadedModel>
loadModelFor(const RunOptions &options,
             llvm::ArrayRef<data::NamedArray> fed = {});

/// The name of a variable in files: that of the tensor it is read from.
std::string getFileName(VariableOp variable);

/// "cross-entropy", "next-token" or "mse".
llvm::Expected<LossKind> parseLoss(llvm::StringRef name);

/// What to compile for. Fails where options are wrong, or another target's.
llvm::Error chooseTarget(const RunOptions &options, CompileOptions &compile);

/// What plans without --cluster are made for, as PartitionOptions has it: GPUs
/// that are here, where a command runs on them, else those of --gpu-arch.
std::string getMachine(const RunOptions &options);

/// Whether attention is left to the target's library, where it can be.
llvm::Expected<bool> usesFlashAttention(const RunOptions &options);

/// Fails with what is wrong with the target's options, or with what the target
/// lacks here, if the command runs on it.
llvm::Error checkDevices(const RunOptions &options);

/// Target, loss (cross-entropy where none is given), optimizer, seed and
/// processes.
llvm::Expected<SetupOptions> getSetupOptions(const RunOptions &options);

/// How sessions of these options wait, and with whom.
SessionOptions getSessionOptions(const RunOptions &options);

/// Chooses the plan for a built module and writes it where that is asked for.
/// `choice` is what was chosen, if it is not null, and outlives the call.
class PlanChooser {
public:
  explicit PlanChooser(const RunOptions &options, PlanChoice *choice = nullptr)
      : options(options), choice(choice) {}
  llvm::Expected<Plan> operator()(mlir::ModuleOp module) const;

private:
  llvm::Expected<Plan> choose(mlir::ModuleOp module) const;

  const RunOptions &options;
  PlanChoice *choice;
};

/// Seconds since its construction.
class Stopwatch {
public:
  double seconds() const;

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

} // namespace mpc

#endif

//===- Compiler.h - from a module to something that runs --------*- C++ -*-===//
//
//   MLIRContext context(makeRegistry());
//   auto module = loadModule(context, "model.mlir");
//   buildTraining(**module, options);              // @train_step, @evaluate
//   auto compiled = CompiledModel::compile({{**module, plan}}, {});
//   auto session = Session::create(**compiled, {});
//
//===----------------------------------------------------------------------===//

#ifndef MPC_JIT_COMPILER_H
#define MPC_JIT_COMPILER_H

#include "mpc/Executable/Executable.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Transforms/Passes.h"
#include "mpcrt/mpcrt.h"
#include <functional>

namespace mpc {

/// All dialects that compiling needs.
mlir::DialectRegistry makeRegistry();

/// Parses and verifies a model. Diagnostics go to the context's handler; the
/// error names the file.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
loadModule(mlir::MLIRContext &context, llvm::StringRef path);

/// Makes the model compute in bf16; before training is built, or inference.
llvm::Error convertToBF16(mlir::ModuleOp module);

/// What is added to a model to train it.
struct TrainingOptions {
  AutodiffOptions autodiff;
  AddOptimizerOptions optimizer;
  /// Leaves attention to the target's library, where it can.
  bool flashAttention = false;
};

/// @main -> @train_step and @evaluate, beside @main; composite ops decomposed.
llvm::Error buildTraining(mlir::ModuleOp module,
                          const TrainingOptions &options);

/// Makes @main ready for planning: dropout off, composite ops decomposed;
/// `flashAttention` as above.
llvm::Error buildInference(mlir::ModuleOp module, bool flashAttention = false);

/// Changes the batch of @main (dimension 0 of its arguments) before training is
/// built. Fails where an op mixes rows of different samples.
llvm::Error setBatch(mlir::ModuleOp module, int64_t batch);
/// Dimension 0 of the first argument of @main that has one, or 0.
int64_t getBatch(mlir::ModuleOp module);

/// Applies the plan down to fused local bodies, as the target wants them.
llvm::Error lowerToLocal(mlir::ModuleOp module, const Plan &plan,
                         const ExecutableTarget &target);

/// A module that is ready for lowerToLocal, and how to split it.
struct PlannedModule {
  mlir::ModuleOp module;
  Plan plan;
};

struct CompileOptions;
/// Makes what a model is compiled for, for so many devices on this machine.
using TargetFactory = std::function<std::unique_ptr<ExecutableTarget>(
    mlir::MLIRContext &context, const CompileOptions &options,
    int64_t devices)>;
std::unique_ptr<ExecutableTarget> createCPUTarget(mlir::MLIRContext &context,
                                                  const CompileOptions &options,
                                                  int64_t devices);
std::unique_ptr<ExecutableTarget>
createCUDATarget(mlir::MLIRContext &context, const CompileOptions &options,
                 int64_t devices);

struct CompileOptions {
  TargetFactory target = createCPUTarget;
  KernelOptions kernels;
  /// Of the CPU. 0: max(1, cores / devices).
  int threadsPerDevice = 0;
  /// Of the target cuda.
  CUDAOptions cuda;
};

/// Manifest and code of a plan's programs, loaded by the runtime.
class CompiledModel {
public:
  /// The modules are of one model and go through lowerToLocal here. Their
  /// programs need different names; their plans may differ in micro-batches.
  static llvm::Expected<std::unique_ptr<CompiledModel>>
  compile(llvm::ArrayRef<PlannedModule> parts, const CompileOptions &options);
  ~CompiledModel();

  const Executable &getExecutable() const { return executable; }
  const ExecutableTarget &getTarget() const { return *target; }
  const mpcrt_executable *getRuntime() const { return runtime; }
  int getThreadsPerDevice() const { return target->getThreads(); }

private:
  CompiledModel() = default;
  Executable executable;
  std::unique_ptr<ExecutableTarget> target;
  mpcrt_executable *runtime = nullptr;
};

/// A runtime status as an error; null is success.
llvm::Error toError(mpcrt_status *status);

} // namespace mpc

#endif

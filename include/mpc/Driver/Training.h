//===- Training.h - a model set up to be trained ----------------*- C++ -*-===//
//
// Everything between a model's module and a step: batch sizes, losses and
// optimizer, plan, compiled programs, variables. The commands of mpc-run and
// the tests stand on it.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_DRIVER_TRAINING_H
#define MPC_DRIVER_TRAINING_H

#include "mpc/Data/TensorStore.h"
#include "mpc/JIT/Session.h"

namespace mpc {

struct SetupOptions {
  TrainingOptions training;
  CompileOptions compile;
  SessionOptions session;
  uint64_t seed = 0;
  /// Batches besides the model's own that steps will have: the last, smaller
  /// one of an epoch.
  std::vector<int64_t> extraBatches;
  /// False: there is no session, only what was compiled.
  bool isRun = true;

  /// What is compared with another target's results.
  void useCPU() {
    compile.target = createCPUTarget;
    training.flashAttention = false;
  }
};

/// What a program takes or returns.
struct TensorInfo {
  std::string name;
  data::ElementType type;
  data::Shape shape;
};

class Setup {
public:
  /// Builds, compiles and initializes. `model` stays as it is. `choose` gives
  /// the plan for the built module (global shapes, decomposed).
  static llvm::Expected<std::unique_ptr<Setup>>
  create(mlir::ModuleOp model, const SetupOptions &options,
         llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)> choose,
         const data::TensorStore *weights = nullptr);

  /// The same for running @main forward: program "main", no optimizer.
  static llvm::Expected<std::unique_ptr<Setup>> createForInference(
      mlir::ModuleOp model, const SetupOptions &options,
      llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)> choose,
      const data::TensorStore *weights = nullptr);

  /// The program `name` for a batch: the model's own, or an extra one.
  std::string getProgram(llvm::StringRef name, int64_t batch) const;
  std::vector<TensorInfo> getInputs(llvm::StringRef program) const;
  std::vector<TensorInfo> getOutputs(llvm::StringRef program) const;

  const Plan &getPlan() const { return plan; }
  Session &getSession() { return *session; }
  const CompiledModel &getCompiled() const { return *compiled; }
  /// Variables, with optimizer state; shapes are global.
  mlir::ModuleOp getVariables() { return *variables; }
  double getCompileSeconds() const { return compileSeconds; }

private:
  Setup() = default;
  /// From the built module to what runs.
  static llvm::Expected<std::unique_ptr<Setup>>
  finish(std::unique_ptr<Setup> setup, mlir::OwningOpRef<mlir::ModuleOp> own,
         mlir::ModuleOp model, const SetupOptions &options,
         llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)> choose,
         const data::TensorStore *weights);
  /// The built module, and others for the extra batches.
  llvm::Error compile(mlir::ModuleOp model, const SetupOptions &options);
  llvm::Error initialize(const SetupOptions &options,
                         const data::TensorStore *weights);

  int64_t batch = 0;
  Plan plan;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> modules;
  mlir::OwningOpRef<mlir::ModuleOp> variables;
  std::unique_ptr<CompiledModel> compiled;
  std::unique_ptr<Session> session;
  double compileSeconds = 0;
};

/// The plan's micro-batches for a smaller batch: as many as leave none empty.
Plan fitMicroBatches(const Plan &plan, int64_t batch);

/// A host array for `type`, zero.
llvm::Expected<data::HostArray> makeArray(const TensorInfo &info);

} // namespace mpc

#endif

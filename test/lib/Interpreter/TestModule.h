//===- TestModule.h - small modules for numeric tests -----------*- C++ -*-===//

#ifndef MPC_TEST_LIB_INTERPRETER_TESTMODULE_H
#define MPC_TEST_LIB_INTERPRETER_TESTMODULE_H

#include "Interpreter.h"

namespace mpc::test {

/// A module of the mpc dialect in a context of its own.
class TestModule {
public:
  /// Parses `text`; prints diagnostics and holds null when it is wrong.
  explicit TestModule(llvm::StringRef text);

  explicit operator bool() const { return static_cast<bool>(module); }
  mlir::ModuleOp get() { return *module; }
  mlir::func::FuncOp func(llvm::StringRef name);

  /// Runs passes in textual form, "mpc-autodiff{loss=mse},canonicalize", and
  /// the verifier.
  mlir::LogicalResult run(llvm::StringRef passes);

  /// Random values on [low, high) for all parameters, zeros for the others.
  Variables makeVariables(uint64_t seed, double low = -1, double high = 1);
  /// The same for the arguments of a function that are floating-point; zeros
  /// for the others.
  std::vector<Tensor> makeInputs(mlir::func::FuncOp func, uint64_t seed,
                                 double low = -1, double high = 1);

private:
  std::unique_ptr<mlir::MLIRContext> context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// Uniform values on [low, high), the same for the same seed.
Tensor makeRandom(llvm::ArrayRef<int64_t> shape, uint64_t seed, double low,
                  double high);

/// The largest |a - b| / max(1, |b|); infinite for different shapes or NaN.
double getMaxError(const Tensor &a, const Tensor &b);

/// The result called `name` (`mpc.name`), or of the gradient of variable `name`
/// (`mpc.gradient`), as an index.
std::optional<unsigned> findResult(mlir::func::FuncOp func,
                                   llvm::StringRef name);

} // namespace mpc::test

#endif

//===- Verify.h - the oracle: split equals unsplit --------------*- C++ -*-===//

#ifndef MPC_DRIVER_VERIFY_H
#define MPC_DRIVER_VERIFY_H

#include "mpc/Driver/ProgramRunner.h"
#include <cfloat>

namespace mpc {

struct VerifyOptions {
  SetupOptions setup;
  /// Compare @main instead of the training step.
  bool forwardOnly = false;
  int64_t steps = 2;
  double learningRate = 0.01;
  /// Largest max|a - b| / max|a| of a tensor. Differences below 16 times
  /// `epsilon` times the largest number of a kind (the gradients of a step, the
  /// parameters) are rounding, and are divided by that number.
  double tolerance = 1e-4;
  /// Of the type the model computes in.
  double epsilon = FLT_EPSILON;
  /// Compare by ||a - b|| / ||a|| instead: Adam divides by what may be
  /// rounding.
  bool relativeL2 = false;
};

struct VerifyResult {
  bool equal = true;
  double maxError = 0;
  /// The first tensor beyond the tolerance, else the one with the largest
  /// error.
  std::string worstTensor;
  int64_t tensors = 0;
  Plan plan;
  std::vector<int64_t> predictedBytes, allocatedBytes, variableBytes;
  std::vector<mpcrt_counters> counters;
};

/// Sets the data inputs of a step, counted from 1: the same in every run.
using FillInputs = std::function<llvm::Error(ProgramRunner &, int64_t step)>;

/// Runs the unsplit model and the split one from the same seed on the same
/// data, and compares outputs and, when training, losses, every gradient of the
/// first two steps and, after the steps, every variable (after more than two
/// steps not the optimizer's).
llvm::Expected<VerifyResult>
verify(mlir::ModuleOp model, const VerifyOptions &options,
       llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)> choose,
       const FillInputs &fill, const data::TensorStore *weights = nullptr);

} // namespace mpc

#endif

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
  /// Largest max|a - b| / max|a| of a tensor. What differs by more is measured
  /// against rounding: the unsplit model runs twice again, with its parameters
  /// and the terms of its sums moved by about a unit in the last place, and
  /// differences up to 8 times those of these runs are rounding. They are
  /// divided by what was summed up, which follows from them and `epsilon`.
  double tolerance = 1e-4;
  /// Of the type the model computes in.
  double epsilon = FLT_EPSILON;
  /// The optimizer divides by the size of gradients, as Adam does. Then
  /// elements of weights are left out where the gradient is below 256 times the
  /// rounding of its tensor, and weights beyond the tolerance otherwise.
  bool adaptive = false;
  /// Measure by ||a - b|| / ||a|| instead, but for gradients: in many steps of
  /// such an optimizer some element is sure to go astray.
  bool relativeL2 = false;
};

struct VerifyResult {
  bool equal = true;
  double maxError = 0;
  /// The first tensor beyond the tolerance, else the one with the largest
  /// error.
  std::string worstTensor;
  int64_t tensors = 0;
  /// Tensors beyond the tolerance that differ by no more than rounding does.
  int64_t rounded = 0;
  /// Elements of weights that were left out.
  int64_t leftOut = 0;
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

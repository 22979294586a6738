//===- Verify.h - the oracle: split equals unsplit --------------*- C++ -*-===//

#ifndef MPC_DRIVER_VERIFY_H
#define MPC_DRIVER_VERIFY_H

#include "mpc/Driver/Training.h"

namespace mpc {

struct VerifyOptions {
  SetupOptions setup;
  int steps = 2;
  double learningRate = 0.01;
  /// Largest max|a - b| / max|a| of a tensor.
  double tolerance = 1e-4;
  /// Compare by ||a - b|| / ||a|| instead: Adam divides by what may be rounding.
  bool relativeL2 = false;
};

struct VerifyResult {
  bool equal = true;
  double maxError = 0;
  /// The first tensor beyond the tolerance, else the one with the largest error.
  std::string worstTensor;
  int64_t tensors = 0;
  std::vector<int64_t> predictedBytes, allocatedBytes, variableBytes;
  std::vector<mpcrt_counters> counters;
};

/// Trains the unsplit model and the split one from the same seed on the same
/// random data, and compares outputs, losses, every gradient and, after the
/// steps, every variable.
llvm::Expected<VerifyResult> verifyTraining(mlir::ModuleOp model, const VerifyOptions &options,
                                            llvm::function_ref<llvm::Expected<Plan>(mlir::ModuleOp)> choose,
                                            const data::TensorStore *weights = nullptr);

} // namespace mpc

#endif

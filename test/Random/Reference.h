//===- Reference.h - the unsplit program against the interpreter *- C++ -*-===//
//
// Split and unsplit programs share the compiler. The interpreter of the tests
// shares nothing with it: it evaluates the training step, composite ops and
// all, by plain loops in f64.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_RANDOM_REFERENCE_H
#define MPC_TEST_RANDOM_REFERENCE_H

#include "mpc/Driver/Verify.h"

namespace mpc::test {

struct ReferenceError {
  double error = 0;
  std::string tensor;
};

/// Runs one step unsplit and interpreted, and compares loss, outputs and
/// gradients: the largest max|a - b| / max(1, max|b|).
llvm::Expected<ReferenceError>
compareWithReference(mlir::ModuleOp model, const VerifyOptions &options,
                     const FillInputs &fill);

} // namespace mpc::test

#endif

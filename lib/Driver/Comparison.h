//===- Comparison.h - the verdict on two runs -------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_COMPARISON_H
#define MPC_LIB_DRIVER_COMPARISON_H

#include "Rounding.h"

namespace mpc {

/// Compares `found` with `expected`, tensor by tensor: sets the result's
/// verdict and counts. Rounding is measured only where a tensor is beyond the
/// tolerance.
llvm::Expected<VerifyResult> compareRuns(const RunRecord &expected,
                                         const RunRecord &found,
                                         const VerifyOptions &options,
                                         RunMoved runMoved);

} // namespace mpc

#endif

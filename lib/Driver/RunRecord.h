//===- RunRecord.h - what a run of verify returns ---------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_RUNRECORD_H
#define MPC_LIB_DRIVER_RUNRECORD_H

#include "mpc/Driver/Verify.h"

namespace mpc {

struct RecordedTensor {
  std::string name;
  data::HostArray array;
  /// The parameter of which this is the gradient or, `isWeight`, the value: the
  /// parameter itself and its f32 master. Else empty.
  std::string parameter;
  bool isWeight = false;

  bool isGradient() const { return !parameter.empty() && !isWeight; }
};

/// Outputs of every step, then variables after the last one: in the same order
/// in every run of a model.
using RunRecord = std::vector<RecordedTensor>;

llvm::Expected<data::HostArray> readVariable(Setup &setup, VariableOp variable);

/// Runs @main or the training step as often as `options` say.
llvm::Expected<RunRecord> recordRun(Setup &setup, const VerifyOptions &options,
                                    const FillInputs &fill);

} // namespace mpc

#endif

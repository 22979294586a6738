//===- RandomInputs.h - made-up data for a model ----------------*- C++ -*-===//

#ifndef MPC_DRIVER_RANDOMINPUTS_H
#define MPC_DRIVER_RANDOMINPUTS_H

#include "mpc/Driver/ProgramRunner.h"

namespace mpc {

/// Inputs that a model accepts: floats are normal, integers are valid indices
/// or classes. The same for a seed, an input and a step, whatever the split.
class RandomInputs {
public:
  RandomInputs(mlir::ModuleOp model, uint64_t seed);

  /// Fills the program's data inputs for a step.
  llvm::Error operator()(ProgramRunner &runner, int64_t step) const;

private:
  llvm::Error fill(const TensorInfo &info, unsigned index, int64_t step,
                   data::HostArray &target) const;

  uint64_t seed;
  llvm::StringMap<int64_t> limits;
  int64_t classes;
};

} // namespace mpc

#endif

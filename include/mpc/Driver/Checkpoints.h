//===- Checkpoints.h - a setup's variables to and from files ----*- C++ -*-===//

#ifndef MPC_DRIVER_CHECKPOINTS_H
#define MPC_DRIVER_CHECKPOINTS_H

#include "mpc/Data/Checkpoint.h"
#include "mpc/Driver/Training.h"

namespace mpc {

/// Writes all variables, with the optimizer's state, as "DIR/step-N" and keeps
/// the three newest.
llvm::Error writeCheckpoint(Setup &setup, llvm::StringRef directory,
                            const data::TrainingState &state);

/// Sets all variables to the checkpoint's, which a run in another dtype may
/// have written. Errors: tensors that are missing, too many, or of another
/// shape.
llvm::Error restoreCheckpoint(Setup &setup, const data::Checkpoint &checkpoint);

} // namespace mpc

#endif

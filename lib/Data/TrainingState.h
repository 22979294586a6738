// state.json: a run's position in text form.
#ifndef MPC_LIB_DATA_TRAININGSTATE_H
#define MPC_LIB_DATA_TRAININGSTATE_H

#include "mpc/Data/Checkpoint.h"

namespace mpc::data {

struct StoredState {
  TrainingState state;
  /// Counts the checkpoints written to one directory.
  int64_t sequence = 0;
};

/// {"format": "mpc-checkpoint", "version": 1, "sequence": 3, "step": 120,
///  "epoch": 2, "position": 512, "seed": "42", "hashes": {...}}
/// The seed is a string: JSON readers keep integers only up to 2^53.
llvm::Expected<std::string> trainingStateText(const StoredState &stored);

/// The inverse, with every field checked.
llvm::Expected<StoredState> parseTrainingState(llvm::StringRef text);

} // namespace mpc::data

#endif // MPC_LIB_DATA_TRAININGSTATE_H

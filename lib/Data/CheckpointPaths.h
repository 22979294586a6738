// How checkpoints are named inside their directory, and which are there.
#ifndef MPC_LIB_DATA_CHECKPOINTPATHS_H
#define MPC_LIB_DATA_CHECKPOINTPATHS_H

#include "TrainingState.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"
#include <optional>
#include <string>
#include <vector>

namespace mpc::data {

inline constexpr llvm::StringLiteral tensorsName("model.safetensors");
inline constexpr llvm::StringLiteral stateName("state.json");
inline constexpr llvm::StringLiteral unfinishedSuffix(".tmp");

inline std::string joinPath(llvm::StringRef directory, llvm::StringRef name) {
  llvm::SmallString<128> path = directory;
  llvm::sys::path::append(path, name);
  return path.str().str();
}

inline std::string checkpointPath(llvm::StringRef directory, int64_t step) {
  return joinPath(directory, "step-" + std::to_string(step));
}

/// 120 for "step-120"; nothing for any other name ("step-120.tmp", "step-007").
std::optional<int64_t> stepOfName(llvm::StringRef name);

/// state.json of one checkpoint.
llvm::Expected<StoredState> readState(llvm::StringRef checkpoint);

struct ListedCheckpoint {
  int64_t sequence = -1; ///< -1 where state.json cannot be read
  int64_t step = 0;
};

/// The complete checkpoints in a directory, in the order they were written.
std::vector<ListedCheckpoint> listCheckpoints(llvm::StringRef directory);

} // namespace mpc::data

#endif // MPC_LIB_DATA_CHECKPOINTPATHS_H

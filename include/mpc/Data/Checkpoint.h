// Checkpoints: everything a run needs to go on, under any other plan.
//
//   DIR/step-120/model.safetensors   global tensors under their source names;
//                                    optimizer state as NAME.m, NAME.v,
//                                    NAME.master
//   DIR/step-120/state.json          step, epoch, position, seed, hashes, and
//                                    which one in DIR it is
//
// A checkpoint is written as "step-120.tmp" and renamed when it is complete and
// on disk, so a process killed at any moment leaves the one before loadable.
#ifndef MPC_DATA_CHECKPOINT_H
#define MPC_DATA_CHECKPOINT_H

#include "mpc/Data/Batches.h"
#include "mpc/Data/Safetensors.h"

namespace mpc::data {

struct TrainingState {
  int64_t step = 0; ///< optimizer steps done
  Cursor cursor;    ///< where the next batch begins
  uint64_t seed = 0;
  /// What the run must agree on, by name: hash of the model, of the data, ...
  StringTable hashes;
};

/// Writes one checkpoint box by box; holds no tensor.
class CheckpointWriter {
public:
  /// Creates `directory` where needed, and the unfinished "step-N.tmp".
  static llvm::Expected<CheckpointWriter>
  create(llvm::StringRef directory, TrainingState state,
         llvm::ArrayRef<TensorSpec> specs);

  CheckpointWriter(CheckpointWriter &&) = default;
  CheckpointWriter &operator=(CheckpointWriter &&) = delete;
  /// Removes what was written, unless committed.
  ~CheckpointWriter();

  /// As SafetensorsWriter's.
  llvm::Error write(llvm::StringRef name, llvm::ArrayRef<char> bytes);
  llvm::Error writeBox(llvm::StringRef name, const Box &box,
                       llvm::ArrayRef<char> bytes);
  llvm::Error expectBox(llvm::StringRef name, const Box &box);
  /// The file of tensors as it is written, which other processes can help to
  /// write (SafetensorsWriter::join) before this one commits.
  const std::string &temporaryPath() const;

  /// Makes it the newest, replacing one of the same step at once, and then
  /// removes all but the newest `keepLast` (at least 1) and what killed runs
  /// left unfinished. An error before it is the newest leaves the others as
  /// they were.
  llvm::Error commit(int64_t keepLast);

private:
  CheckpointWriter(std::string directory, TrainingState state,
                   SafetensorsWriter tensors);
  std::string unfinished() const;
  llvm::Error publish();

  std::string directory;
  TrainingState state;
  std::unique_ptr<SafetensorsWriter> tensors; ///< null once published
};

/// A complete checkpoint, open for reading.
class Checkpoint {
public:
  /// `path` is one checkpoint ("run/step-120") or a directory of them, whose
  /// newest is taken: the one written last, which after going back to an older
  /// one need not have the most steps. Unfinished ones do not count; a damaged
  /// one is an error, not a reason to go back further unasked.
  static llvm::Expected<Checkpoint> open(llvm::StringRef path);

  const std::string &path() const { return directory; }
  const TrainingState &state() const { return saved; }
  const SafetensorsFile &tensors() const { return file; }

  /// An error unless the checkpoint has exactly these tensors, with these
  /// shapes and types; it lists the first few that differ.
  llvm::Error checkTensors(llvm::ArrayRef<TensorSpec> expected) const;
  /// An error for the first hash that both know and that differs.
  llvm::Error checkHashes(const StringTable &expected) const;

private:
  Checkpoint(std::string directory, TrainingState state, SafetensorsFile file)
      : directory(std::move(directory)), saved(std::move(state)),
        file(std::move(file)) {}
  std::string directory;
  TrainingState saved;
  SafetensorsFile file;
};

/// The steps of the complete checkpoints in a directory, the newest last; none
/// where there is no such directory. Damaged ones come first.
std::vector<int64_t> checkpointSteps(llvm::StringRef directory);

} // namespace mpc::data

#endif // MPC_DATA_CHECKPOINT_H

#include "CheckpointPaths.h"
#include "Errors.h"
#include "mpc/Data/Checkpoint.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include <cstdio>
#include <fcntl.h>

using namespace mpc::data;

static llvm::Error removeTree(llvm::StringRef path) {
  if (std::error_code code =
          llvm::sys::fs::remove_directories(path, /*IgnoreErrors=*/false))
    return fail("cannot remove '" + path + "': " + code.message());
  return llvm::Error::success();
}

CheckpointWriter::CheckpointWriter(std::string directory, TrainingState state,
                                   SafetensorsWriter tensors)
    : directory(std::move(directory)), state(std::move(state)),
      tensors(std::make_unique<SafetensorsWriter>(std::move(tensors))) {}

std::string CheckpointWriter::unfinished() const {
  return checkpointPath(directory, state.step) + unfinishedSuffix.str();
}

llvm::Expected<CheckpointWriter>
CheckpointWriter::create(llvm::StringRef directory, TrainingState state,
                         llvm::ArrayRef<TensorSpec> specs) {
  if (state.step < 0)
    return fail("step " + llvm::Twine(state.step) + " is negative");
  std::string path =
      checkpointPath(directory, state.step) + unfinishedSuffix.str();
  if (llvm::sys::fs::exists(path)) // of a run that was killed
    if (llvm::Error error = removeTree(path))
      return error;
  if (std::error_code code = llvm::sys::fs::create_directories(path))
    return fail("cannot create '" + path + "': " + code.message());
  llvm::Expected<SafetensorsWriter> tensors =
      SafetensorsWriter::create(joinPath(path, tensorsName), specs);
  if (!tensors) {
    llvm::sys::fs::remove_directories(path);
    return tensors.takeError();
  }
  return CheckpointWriter(directory.str(), std::move(state),
                          std::move(*tensors));
}

CheckpointWriter::~CheckpointWriter() {
  if (!tensors)
    return;
  tensors.reset(); // removes its own file first
  llvm::sys::fs::remove_directories(unfinished());
}

llvm::Error CheckpointWriter::write(llvm::StringRef name,
                                    llvm::ArrayRef<char> bytes) {
  return tensors->write(name, bytes);
}

llvm::Error CheckpointWriter::writeBox(llvm::StringRef name, const Box &box,
                                       llvm::ArrayRef<char> bytes) {
  return tensors->writeBox(name, box, bytes);
}

llvm::Error CheckpointWriter::expectBox(llvm::StringRef name, const Box &box) {
  return tensors->expectBox(name, box);
}

const std::string &CheckpointWriter::temporaryPath() const {
  return tensors->temporaryPath();
}

/// Gives the finished checkpoint its name. One of the same step (of a run that
/// was resumed before it) changes places with it in one moment.
static llvm::Error giveName(const std::string &from, const std::string &to) {
  if (::rename(from.c_str(), to.c_str()) == 0)
    return llvm::Error::success();
  if (errno != ENOTEMPTY && errno != EEXIST)
    return failSystem("create", to);
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(),
                  RENAME_EXCHANGE) != 0)
    return fail("cannot replace '" + to + "': " + std::strerror(errno) +
                "; remove it first");
  return removeTree(from);
}

/// A checkpoint loses its name before its files, so that a kill in between
/// leaves no half of one.
static llvm::Error retire(llvm::StringRef directory, int64_t step) {
  std::string path = checkpointPath(directory, step);
  std::string doomed = path + unfinishedSuffix.str();
  if (llvm::sys::fs::exists(doomed))
    if (llvm::Error error = removeTree(doomed))
      return error;
  if (::rename(path.c_str(), doomed.c_str()) != 0)
    return failSystem("remove", path);
  return removeTree(doomed);
}

/// Directories "step-N.tmp" of runs that were killed.
static llvm::Error removeUnfinished(llvm::StringRef directory) {
  std::vector<std::string> found;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(directory, code), end;
       it != end && !code; it.increment(code)) {
    llvm::StringRef name = llvm::sys::path::filename(it->path());
    if (name.consume_back(unfinishedSuffix) && stepOfName(name))
      found.push_back(it->path());
  }
  for (const std::string &path : found)
    if (llvm::Error error = removeTree(path))
      return error;
  return llvm::Error::success();
}

llvm::Error CheckpointWriter::publish() {
  std::vector<ListedCheckpoint> others = listCheckpoints(directory);
  int64_t newest = others.empty() ? -1 : others.back().sequence;
  llvm::Expected<std::string> text = trainingStateText({state, newest + 1});
  if (!text)
    return text.takeError();
  if (llvm::Error error = tensors->commit())
    return error;
  if (llvm::Error error =
          writeFileAtomically(joinPath(unfinished(), stateName), *text))
    return error;
  if (llvm::Error error =
          giveName(unfinished(), checkpointPath(directory, state.step)))
    return error;
  tensors.reset();
  return syncDirectory(directory);
}

llvm::Error CheckpointWriter::commit(int64_t keepLast) {
  if (!tensors)
    return fail("the checkpoint of step " + llvm::Twine(state.step) +
                " is written already");
  if (llvm::Error error = publish())
    return error;
  std::vector<int64_t> steps = checkpointSteps(directory);
  size_t keep = std::min<size_t>(std::max<int64_t>(keepLast, 1), steps.size());
  for (int64_t step : llvm::ArrayRef(steps).drop_back(keep))
    if (llvm::Error error = retire(directory, step))
      return error;
  return removeUnfinished(directory);
}

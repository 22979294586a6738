#include "CheckpointPaths.h"
#include "Errors.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mpc::data;

static constexpr uint64_t largestState = 1 << 20;

std::optional<int64_t> mpc::data::stepOfName(llvm::StringRef name) {
  int64_t step = 0;
  if (!name.consume_front("step-") || name.getAsInteger(10, step) || step < 0 ||
      std::to_string(step) != name)
    return std::nullopt;
  return step;
}

llvm::Expected<StoredState> mpc::data::readState(llvm::StringRef checkpoint) {
  llvm::Expected<File> file = File::open(joinPath(checkpoint, stateName));
  if (!file)
    return file.takeError();
  llvm::Expected<std::string> text = file->readAll(largestState);
  if (!text)
    return text.takeError();
  llvm::Expected<StoredState> stored = parseTrainingState(*text);
  if (!stored)
    return within("'" + file->path() + "'", stored.takeError());
  return stored;
}

std::vector<ListedCheckpoint>
mpc::data::listCheckpoints(llvm::StringRef directory) {
  std::vector<ListedCheckpoint> listed;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(directory, code), end;
       it != end && !code; it.increment(code)) {
    auto step = stepOfName(llvm::sys::path::filename(it->path()));
    if (!step)
      continue;
    llvm::Expected<StoredState> stored = readState(it->path());
    listed.push_back({stored ? stored->sequence : -1, *step});
    llvm::consumeError(stored.takeError());
  }
  llvm::sort(listed, [](const ListedCheckpoint &a, const ListedCheckpoint &b) {
    return std::tie(a.sequence, a.step) < std::tie(b.sequence, b.step);
  });
  return listed;
}

std::vector<int64_t> mpc::data::checkpointSteps(llvm::StringRef directory) {
  std::vector<int64_t> steps;
  for (const ListedCheckpoint &checkpoint : listCheckpoints(directory))
    steps.push_back(checkpoint.step);
  return steps;
}

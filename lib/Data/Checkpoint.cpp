#include "mpc/Data/Checkpoint.h"
#include "CheckpointPaths.h"
#include "Errors.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace mpc::data;

static constexpr size_t mostListed = 5;

/// The checkpoint that `path` is, or the newest of those in it.
static llvm::Expected<std::string> resolve(llvm::StringRef path) {
  if (llvm::sys::fs::exists(joinPath(path, stateName)))
    return path.str();
  std::vector<ListedCheckpoint> listed = listCheckpoints(path);
  if (listed.empty())
    return fail("'" + path +
                "' is no checkpoint and holds none that is complete");
  // An unreadable one may be the newest; going back is the user's choice.
  const ListedCheckpoint &chosen =
      listed.front().sequence < 0 ? listed.front() : listed.back();
  return checkpointPath(path, chosen.step);
}

llvm::Expected<Checkpoint> Checkpoint::open(llvm::StringRef path) {
  llvm::Expected<std::string> directory = resolve(path);
  if (!directory)
    return directory.takeError();
  llvm::Expected<StoredState> stored = readState(*directory);
  if (!stored)
    return stored.takeError();
  llvm::Expected<SafetensorsFile> file =
      SafetensorsFile::open(joinPath(*directory, tensorsName));
  if (!file)
    return file.takeError();
  return Checkpoint(std::move(*directory), std::move(stored->state),
                    std::move(*file));
}

static std::string typeAndShape(llvm::StringRef dtype,
                                llvm::ArrayRef<int64_t> shape) {
  return (dtype + " " + shapeText(shape)).str();
}

/// Nothing where the checkpoint has what is expected.
static std::optional<std::string> difference(const TensorSpec &expected,
                                             const TensorEntry *found) {
  if (!found)
    return "tensor '" + expected.name + "' is missing";
  llvm::StringRef dtype = safetensorsDtype(expected.type);
  if (found->dtype == dtype && found->shape == expected.shape)
    return std::nullopt;
  return "tensor '" + expected.name + "': expected " +
         typeAndShape(dtype, expected.shape) + ", found " +
         typeAndShape(found->dtype, found->shape);
}

llvm::Error
Checkpoint::checkTensors(llvm::ArrayRef<TensorSpec> expected) const {
  std::vector<std::string> problems;
  llvm::StringMap<bool> known;
  for (const TensorSpec &spec : expected) {
    known[spec.name] = true;
    if (auto problem = difference(spec, file.find(spec.name)))
      problems.push_back(*problem);
  }
  for (const TensorEntry &entry : file.tensors())
    if (!known.contains(entry.name))
      problems.push_back("tensor '" + entry.name + "' is not in the model");
  if (problems.empty())
    return llvm::Error::success();
  size_t count = problems.size();
  problems.resize(std::min(count, mostListed));
  return fail("checkpoint '" + directory +
              "' does not fit the model: " + llvm::join(problems, "; ") +
              (count > mostListed
                   ? "; and " + std::to_string(count - mostListed) + " more"
                   : ""));
}

llvm::Error Checkpoint::checkHashes(const StringTable &expected) const {
  for (const auto &[name, hash] : expected) {
    auto found = saved.hashes.find(name);
    if (found != saved.hashes.end() && found->second != hash)
      return fail("checkpoint '" + directory + "' is of another " + name +
                  ": expected '" + hash + "', found '" + found->second + "'");
  }
  return llvm::Error::success();
}

//===- World.cpp - the processes of a run ---------------------------------===//

#include "mpc/JIT/World.h"
#include "mpc/JIT/Compiler.h"
#include "llvm/Support/xxhash.h"
#include <cstdlib>

using namespace mpc;

char WorldFailure::ID = 0;
char SharedFailure::ID = 0;

static llvm::Error toWorldError(mpcrt_status *status) {
  llvm::Error error = toError(status);
  if (!error)
    return error;
  return llvm::make_error<WorldFailure>(toString(std::move(error)));
}

/// What launchers say of the number of processes. SLURM_NTASKS is there in a
/// batch script too, which is one process.
static constexpr const char *sizeVariables[] = {
    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"};

int64_t World::countLaunched() {
  for (const char *name : sizeVariables) {
    int64_t size = 0;
    const char *text = std::getenv(name);
    if (text && !llvm::StringRef(text).getAsInteger(10, size) && size > 1)
      return size;
  }
  return 1;
}

llvm::Expected<std::unique_ptr<World>> World::join(int64_t timeoutMs) {
  int64_t launched = countLaunched();
  if (launched == 1)
    return nullptr;
  mpcrt_world_options options = {sizeof options,
                                 static_cast<uint32_t>(timeoutMs), nullptr};
  mpcrt_world *native = nullptr;
  if (llvm::Error error = toError(mpcrt_world_open(&options, &native)))
    return error;
  std::unique_ptr<World> world(new World(native));
  if (world->getSize() != launched)
    return llvm::createStringError(
        "the launcher has started " + llvm::Twine(launched) +
        " processes, MPI finds " + llvm::Twine(world->getSize()) +
        ": the launcher belongs to another MPI than mpc's plugin");
  return world;
}

llvm::Error World::leave() { return toWorldError(mpcrt_world_close(world)); }

llvm::Error World::share(llvm::StringRef what, const void *mine, size_t bytes,
                         void *all, bool patient) {
  return toWorldError(
      mpcrt_world_share(world, what.str().c_str(), mine, bytes, all, patient));
}

llvm::Error World::agree(llvm::StringRef what, llvm::StringRef text) {
  auto hashes = share<uint64_t>(what, llvm::xxh3_64bits(text));
  if (!hashes)
    return hashes.takeError();
  for (auto [rank, hash] : llvm::enumerate(*hashes))
    if (hash != hashes->front())
      return llvm::createStringError("rank " + llvm::Twine(rank) + " has " +
                                     what + " that rank 0 does not have");
  return llvm::Error::success();
}

llvm::Expected<std::string> World::broadcast(llvm::StringRef what,
                                             llvm::StringRef text) {
  auto sizes = share<uint64_t>(what, text.size());
  if (!sizes)
    return sizes.takeError();
  std::string result = getRank() == 0 ? text.str() : std::string();
  result.resize(sizes->front());
  if (llvm::Error error = toWorldError(mpcrt_world_broadcast(
          world, what.str().c_str(), result.data(), result.size())))
    return error;
  return result;
}

llvm::Expected<bool> World::isAny(llvm::StringRef what, bool mine) {
  std::vector<uint8_t> all(getSize());
  uint8_t own = mine;
  if (llvm::Error error = share(what, &own, 1, all.data(), /*patient=*/false))
    return error;
  return llvm::is_contained(all, 1);
}

llvm::Error World::joinErrors(llvm::StringRef what, llvm::Error mine) {
  std::string text = toString(std::move(mine));
  auto all =
      shareAll<char>(what, llvm::ArrayRef<char>(text.data(), text.size()));
  if (!all)
    return all.takeError();
  for (auto [rank, reason] : llvm::enumerate(*all))
    if (!reason.empty())
      return llvm::make_error<SharedFailure>(
          "rank " + std::to_string(rank) + ": " +
          std::string(reason.begin(), reason.end()));
  return llvm::Error::success();
}

void World::announce(llvm::StringRef reason) {
  mpcrt_world_announce(world, reason.str().c_str());
}

static constexpr size_t longestText = 1 << 14;

std::string World::getFailure(int64_t rank) const {
  std::string text(longestText, '\0');
  mpcrt_world_failure(world, static_cast<int32_t>(rank), text.data(),
                      text.size());
  return text.c_str();
}

std::string World::describeWaits() const {
  std::string text(longestText, '\0');
  mpcrt_world_waits(world, text.data(), text.size());
  return text.c_str();
}

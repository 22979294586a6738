//===- World.h - the processes of a run -------------------------*- C++ -*-===//
//
// Several processes that a launcher (mpirun, srun) has started run one program
// together: each compiles all of it and runs its share of the devices.
//
//   auto world = World::join(30000);       // null: this is the only process
//   session.world = world->get();          // of SessionOptions
//   ... the same calls in the same order everywhere; outputs are rank 0's ...
//   (*world)->leave();
//
//===----------------------------------------------------------------------===//

#ifndef MPC_JIT_WORLD_H
#define MPC_JIT_WORLD_H

#include "mpcrt/mpcrt.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace mpc {

/// The processes have lost each other: who is missing, or which one has failed.
class WorldFailure : public llvm::ErrorInfo<WorldFailure> {
public:
  static char ID;
  explicit WorldFailure(std::string message) : message(std::move(message)) {}
  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string message;
};

/// An error that all processes have: one of them may report it.
class SharedFailure : public llvm::ErrorInfo<SharedFailure> {
public:
  static char ID;
  explicit SharedFailure(std::string message) : message(std::move(message)) {}
  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string message;
};

/// Meetings fail with a WorldFailure.
class World {
public:
  /// Joins the processes that the launcher has started with this one; null
  /// where there are no others. `timeoutMs` is how long a silent process is
  /// waited for. Errors: no plugin, another MPI than the launcher's.
  static llvm::Expected<std::unique_ptr<World>> join(int64_t timeoutMs);
  /// The number of processes that the launcher's environment promises; 1
  /// without a launcher.
  static int64_t countLaunched();

  /// Waits for all, and ends the communication. Not after an error: then the
  /// process ends without.
  llvm::Error leave();

  int64_t getRank() const { return mpcrt_world_rank(world); }
  int64_t getSize() const { return mpcrt_world_size(world); }
  int64_t getLocalSize() const { return mpcrt_world_local_size(world); }
  mpcrt_world *getRuntime() const { return world; }

  /// Meetings: every process calls them, in the same order. `what` names one in
  /// errors. They last as long as the others show signs of life, unless said
  /// otherwise.
  /// All come here.
  llvm::Error meet(llvm::StringRef what) {
    return share(what, nullptr, 0, nullptr, /*patient=*/true);
  }
  /// An error unless all have the same text: "rank 2 has another WHAT than rank
  /// 0".
  llvm::Error agree(llvm::StringRef what, llvm::StringRef text);
  /// Rank 0's text.
  llvm::Expected<std::string> broadcast(llvm::StringRef what,
                                        llvm::StringRef text);
  /// Whether `mine` is true in any process. Not patient: for every step.
  llvm::Expected<bool> isAny(llvm::StringRef what, bool mine);
  /// A SharedFailure for everybody if one has an error: "rank 1: ...".
  llvm::Error joinErrors(llvm::StringRef what, llvm::Error mine);

  /// Everybody's value, by rank.
  template <typename T>
  llvm::Expected<std::vector<T>> share(llvm::StringRef what, const T &mine) {
    std::vector<T> all(getSize());
    if (llvm::Error error = share(what, &mine, sizeof(T), all.data(), true))
      return error;
    return all;
  }
  /// Everybody's values, one process after the other.
  template <typename T>
  llvm::Expected<std::vector<std::vector<T>>> shareAll(llvm::StringRef what,
                                                       llvm::ArrayRef<T> mine) {
    auto counts = share<uint64_t>(what, mine.size());
    if (!counts)
      return counts.takeError();
    size_t most = 0;
    for (uint64_t count : *counts)
      most = std::max<size_t>(most, count);
    std::vector<T> padded(mine.begin(), mine.end()), all(most * getSize());
    padded.resize(most);
    if (llvm::Error error =
            share(what, padded.data(), most * sizeof(T), all.data(), true))
      return error;
    std::vector<std::vector<T>> lists;
    for (auto [rank, count] : llvm::enumerate(*counts))
      lists.emplace_back(all.begin() + rank * most,
                         all.begin() + rank * most + count);
    return lists;
  }

  /// Tells the others that this process ends, and why.
  void announce(llvm::StringRef reason);
  /// What rank `rank` has announced; else empty.
  std::string getFailure(int64_t rank) const;
  /// What this process waits for now, a line a device.
  std::string describeWaits() const;

private:
  explicit World(mpcrt_world *world) : world(world) {}
  llvm::Error share(llvm::StringRef what, const void *mine, size_t bytes,
                    void *all, bool patient);
  mpcrt_world *world;
};

/// Whether this process reports: the only one, or rank 0.
inline bool isRoot(const World *world) {
  return !world || world->getRank() == 0;
}

} // namespace mpc

#endif

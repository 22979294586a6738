// Files that are read by position: opened once, their size known, every read
// checked.
#ifndef MPC_DATA_FILE_H
#define MPC_DATA_FILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <string>

namespace mpc::data {

/// A regular file, open for reading. The size is that of the descriptor when it
/// was opened. Copies share the descriptor; reading is thread-safe.
///
/// read() is pread: a file that shrinks meanwhile gives an error. map() needs
/// no copy, but a file that shrinks while it is mapped kills the process with
/// SIGBUS: map only what nobody rewrites in place (mpc itself always renames).
class File {
public:
  /// An error naming the path unless it is a readable regular file.
  static llvm::Expected<File> open(llvm::StringRef path);

  const std::string &path() const { return state->path; }
  uint64_t size() const { return state->size; }

  /// Fills `target` from `offset` on. Reading past the end is an error.
  llvm::Error read(uint64_t offset, llvm::MutableArrayRef<char> target) const;

  /// The whole file as a string, or an error where it is above `limit` bytes.
  llvm::Expected<std::string> readAll(uint64_t limit) const;

  struct Mapping {
    llvm::ArrayRef<char> bytes;
    std::shared_ptr<const void> keepAlive;
  };
  /// The whole file, mapped read-only. An error where the file is shorter now
  /// than when it was opened.
  llvm::Expected<Mapping> map() const;

private:
  struct State {
    std::string path;
    int descriptor = -1;
    uint64_t size = 0;
    ~State();
  };
  explicit File(std::shared_ptr<State> state) : state(std::move(state)) {}

  std::shared_ptr<State> state;
};

} // namespace mpc::data

#endif // MPC_DATA_FILE_H

// Files that appear whole or not at all.
#ifndef MPC_DATA_ATOMICFILE_H
#define MPC_DATA_ATOMICFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>

namespace mpc::data {

/// Writes beside `path` ("path.tmp-PID-N"), and renames in commit(), after
/// fsync. Without commit() the destructor removes what was written, so a full
/// disk or an early return leaves the old file as it was; only a killed process
/// leaves a ".tmp-" file. Errors name the path and the system's reason.
/// A path that exists and is no regular file (/dev/null, a pipe) is written
/// directly; a symbolic link keeps pointing to the file it names.
///
///   auto file = AtomicFile::create("metrics.json");
///   ... file->append(text) ... file->commit()
///
/// A file above the process's size limit raises SIGXFSZ before write(2) returns
/// EFBIG: programs that want the error ignore that signal.
class AtomicFile {
public:
  static llvm::Expected<AtomicFile> create(llvm::StringRef path);
  /// Opens a file that another process writes, and commits; see
  /// temporaryPath().
  static llvm::Expected<AtomicFile> join(llvm::StringRef path);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&other) noexcept;
  ~AtomicFile() { discard(); }

  /// The final path.
  const std::string &path() const { return target; }
  /// Where it is written until then, for others who join.
  const std::string &temporaryPath() const {
    return temporary.empty() ? target : temporary;
  }

  /// Writes behind the last append (which writeAt does not move).
  llvm::Error append(llvm::StringRef text);
  /// Writes at a byte offset; what nobody writes below it reads as zeros.
  llvm::Error writeAt(uint64_t offset, llvm::ArrayRef<char> bytes);

  /// What was written so far is on disk.
  llvm::Error flush();

  /// fsync, rename, fsync of the directory. On an error nothing is left.
  llvm::Error commit();
  /// Removes what was written; nothing after commit().
  void discard();

private:
  AtomicFile() = default;
  std::string target;
  std::string temporary; ///< empty where the target is written directly
  int descriptor = -1;
  uint64_t end = 0;
};

/// The whole content at once.
llvm::Error writeFileAtomically(llvm::StringRef path, llvm::StringRef text);

/// Makes renames and removals inside `path` survive a power cut.
llvm::Error syncDirectory(llvm::StringRef path);

} // namespace mpc::data

#endif // MPC_DATA_ATOMICFILE_H

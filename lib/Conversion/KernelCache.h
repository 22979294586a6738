//===- KernelCache.h - objects on disk --------------------------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_KERNELCACHE_H
#define MPC_LIB_CONVERSION_KERNELCACHE_H

#include "llvm/Support/MemoryBuffer.h"
#include <optional>
#include <string>

namespace mpc {

/// A folder of objects, each named by a hash of all that went into it. Losing
/// an entry, or the folder, costs time and nothing else: errors are misses.
class KernelCache {
public:
  /// `directory` empty: nothing is kept.
  explicit KernelCache(std::string directory)
      : directory(std::move(directory)) {}
  static std::string getDefaultDirectory();
  /// The key of what this build of the compiler makes of `text`.
  static std::string getKey(llvm::StringRef text);

  /// The object under `key`; null when there is none or it is damaged.
  std::unique_ptr<llvm::MemoryBuffer> load(llvm::StringRef key) const;
  /// Written aside and renamed, so that readers see all of it or nothing.
  void store(llvm::StringRef key, llvm::StringRef object) const;

private:
  std::string getPath(llvm::StringRef key) const;
  std::string directory;
};

} // namespace mpc

#endif

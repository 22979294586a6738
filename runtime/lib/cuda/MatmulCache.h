//===- MatmulCache.h - Chosen algorithms on disk ----------------*- C++ -*-===//
#ifndef MPCRT_CUDA_MATMULCACHE_H
#define MPCRT_CUDA_MATMULCACHE_H

#include "Types.h"
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace mpcrt::cuda {

/// The algorithms of one GPU model and version of cuBLASLt, by problem. All
/// devices of a process share it, so that equal matmuls give equal bits. A file
///   DIR/matmul-VERSION-GPU.txt      DIR: $MPC_CACHE_DIR, else
///                                   $XDG_CACHE_HOME/mpc, else ~/.cache/mpc
/// keeps it: a line "problem<tab>workspace bytes<tab>64 bytes in hex" each. A
/// file that cannot be read or written is no error: the next process measures
/// again.
class MatmulCache {
public:
  static MatmulCache &of(const std::string &gpu, size_t version);

  std::optional<LtHeuristic> find(const std::string &problem);
  void add(const std::string &problem, const LtHeuristic &choice);

private:
  void load();
  void save() const; // written aside and renamed

  std::mutex mutex;
  std::string path; // empty: there is no place
  std::map<std::string, LtHeuristic> choices;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_MATMULCACHE_H

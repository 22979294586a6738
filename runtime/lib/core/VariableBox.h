//===- VariableBox.h - Boxes of sharded variables ---------------*- C++ -*-===//
#ifndef MPCRT_CORE_VARIABLEBOX_H
#define MPCRT_CORE_VARIABLEBOX_H

#include "Manifest.h"

namespace mpcrt {

/// A dense row-major box of a variable's global tensor, in the host's memory.
class VariableBox {
public:
  /// Fails with MPCRT_NOT_FOUND for the name, MPCRT_INVALID_ARGUMENT for the
  /// box or for `bytes` that are not the box's. Null `begin` and `size`: all of
  /// it.
  VariableBox(const Manifest &manifest, std::string_view name,
              const int64_t *begin, const int64_t *size, size_t bytes);

  /// The part of the box that one shard holds.
  struct Part {
    Index device;
    int64_t deviceOffset; // bytes in the arena
    int64_t hostOffset;   // bytes in the box
    StridedCopy toDevice, toHost;
    StridedCopy toDense, fromDense; // between device, dense box and host
  };

  /// Every shard's part; with `replicas` false only the first of equal shards.
  std::vector<Part> parts(bool replicas) const;

private:
  bool intersect(const Shard &shard, Part &part) const;

  const Variable *variable = nullptr;
  std::vector<int64_t> begin, size;
};

/// Number `index` of the variable's shards that are no replicas of earlier
/// ones; null past the last. Fails with MPCRT_NOT_FOUND for the name.
const Shard *findDistinctShard(const Manifest &manifest, std::string_view name,
                               Index index);

} // namespace mpcrt

#endif // MPCRT_CORE_VARIABLEBOX_H

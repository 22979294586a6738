//===- ArenaMemory.h - Pages of an arena ------------------------*- C++ -*-===//
#ifndef MPCRT_CPU_ARENAMEMORY_H
#define MPCRT_CPU_ARENAMEMORY_H

#include <cstddef>
#include <cstdint>

namespace mpcrt {

/// Zeroed pages between two guard pages, so that running over an arena's end
/// crashes in place of touching the next one.
class ArenaMemory {
public:
  /// Fails with MPCRT_OUT_OF_MEMORY.
  explicit ArenaMemory(int64_t bytes);
  ~ArenaMemory();
  ArenaMemory(const ArenaMemory &) = delete;
  ArenaMemory &operator=(const ArenaMemory &) = delete;

  char *data() const { return base; }
  int64_t bytes() const { return size; }
  /// Whether any access is allowed at all.
  void setAccessible(bool accessible) const;

private:
  int64_t size;
  size_t pageBytes, mapped;
  char *base;
};

} // namespace mpcrt

#endif // MPCRT_CPU_ARENAMEMORY_H

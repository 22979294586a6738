//===- Isolation.h - One arena visible at a time ----------------*- C++ -*-===//
#ifndef MPCRT_CPU_ISOLATION_H
#define MPCRT_CPU_ISOLATION_H

#include "../core/MemoryGate.h"
#include "ArenaMemory.h"
#include <mutex>
#include <vector>

namespace mpcrt {

/// The gate of CPU devices: takes all rights from the arenas that the one
/// inside may not touch. Rights change only when the next one inside needs
/// others.
class Isolation : public MemoryGate {
public:
  explicit Isolation(std::vector<const ArenaMemory *> arenas);
  ~Isolation() override;

  void enter(int device) override;
  void enterAll() override;
  void leave() override;

private:
  void show(int device, bool accessible);

  std::vector<const ArenaMemory *> arenas;
  std::vector<bool> visible;
  std::mutex inside;
};

} // namespace mpcrt

#endif // MPCRT_CPU_ISOLATION_H

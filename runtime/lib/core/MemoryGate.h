//===- MemoryGate.h - Who may touch which arena now -------------*- C++ -*-===//
#ifndef MPCRT_CORE_MEMORYGATE_H
#define MPCRT_CORE_MEMORYGATE_H

#include <utility>

namespace mpcrt {

/// The isolation test mode: everything that touches arenas takes turns, and
/// a device that computes sees its own arena only. Without isolation there is
/// no gate.
class MemoryGate {
public:
  virtual ~MemoryGate() = default;
  /// Blocks until nobody else is inside.
  virtual void enter(int device) = 0;
  /// For transfers, which may read peers.
  virtual void enterAll() = 0;
  virtual void leave() = 0;
};

/// Holds the gate, if there is one, until the end of a scope.
class GateScope {
public:
  GateScope(MemoryGate *gate, int device) : gate(gate) {
    if (gate)
      gate->enter(device);
  }
  explicit GateScope(MemoryGate *gate) : gate(gate) {
    if (gate)
      gate->enterAll();
  }
  ~GateScope() {
    if (gate)
      gate->leave();
  }
  GateScope(const GateScope &) = delete;
  GateScope &operator=(const GateScope &) = delete;

private:
  MemoryGate *gate;
};

} // namespace mpcrt

#endif // MPCRT_CORE_MEMORYGATE_H

//===- Placement.h - Which process has which device -------------*- C++ -*-===//
#ifndef MPCRT_CORE_PLACEMENT_H
#define MPCRT_CORE_PLACEMENT_H

#include "Manifest.h"

namespace mpcrt {

class World;

/// Devices in blocks of equal size, in the order of the ranks: of 4 devices
/// rank 0 of 2 has 0 and 1. Without a world all of them are here.
struct Placement {
  World *world = nullptr;
  Index rank = 0;
  Index perRank = 0;

  Index rankOf(Index device) const { return world ? device / perRank : 0; }
  bool isMine(Index device) const { return rankOf(device) == rank; }
};

} // namespace mpcrt

#endif // MPCRT_CORE_PLACEMENT_H

//===- WorldAPI.h - The world behind its public handle ----------*- C++ -*-===//
#ifndef MPCRT_CORE_WORLDAPI_H
#define MPCRT_CORE_WORLDAPI_H

#include "../comm/World.h"
#include "mpcrt/mpcrt.h"

struct mpcrt_world {
  mpcrt::World world;
};

namespace mpcrt {

/// Null stays null.
World *worldOf(mpcrt_world *world);

} // namespace mpcrt

#endif // MPCRT_CORE_WORLDAPI_H

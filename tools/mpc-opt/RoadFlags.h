//===- RoadFlags.h - the options of the whole road --------------*- C++ -*-===//

#ifndef MPC_TOOLS_MPCOPT_ROADFLAGS_H
#define MPC_TOOLS_MPCOPT_ROADFLAGS_H

#include "mpc/Pipelines/Road.h"

namespace mpc {

/// Makes the options known to the command line; before it is parsed.
void registerRoadFlags();

/// What the command line says; none when it asks for no partitioning. Errors
/// name the option.
llvm::Expected<std::optional<RoadOptions>> getRoadOptions();

} // namespace mpc

#endif

//===- Plugin.h - Loads the transport between processes ---------*- C++ -*-===//
#ifndef MPCRT_COMM_PLUGIN_H
#define MPCRT_COMM_PLUGIN_H

#include "mpcrt/transport.h"

namespace mpcrt {

/// Loads a plugin, which stays loaded, and opens its transport. `path` may be
/// null: the MPI plugin beside this program's libraries. Fails with
/// MPCRT_UNSUPPORTED and what to do.
mpcrt_transport openTransport(const char *path);

} // namespace mpcrt

#endif // MPCRT_COMM_PLUGIN_H

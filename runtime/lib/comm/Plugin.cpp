//===- Plugin.cpp - Loads the transport between processes -----------------===//
#include "Plugin.h"
#include "../core/Error.h"
#include "../core/PluginFile.h"
#include <dlfcn.h>

namespace mpcrt {

// Global: the MPI library loads parts of itself that look for it.
static constexpr PluginFile file = {
    "libmpcrt-mpi.so", "MPCRT_TRANSPORT", RTLD_NOW | RTLD_GLOBAL,
    "the plugin for several processes",
    "build mpc where CMake finds MPI (Debian: libopenmpi-dev)"};

mpcrt_transport openTransport(const char *path) {
  auto open = reinterpret_cast<mpcrt_transport_opener>(
      findInPlugin(file, loadPlugin(file, path), MPCRT_TRANSPORT_SYMBOL));
  mpcrt_transport transport = {};
  char reason[256] = "";
  if (open(MPCRT_TRANSPORT_VERSION, &transport, reason, sizeof reason))
    fail(MPCRT_UNSUPPORTED, text("cannot reach the other processes: ", reason));
  return transport;
}

} // namespace mpcrt

//===- Plugin.cpp - Loads the transport between processes -----------------===//
#include "Plugin.h"
#include "../core/Error.h"
#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>
#include <vector>

namespace mpcrt {

static constexpr const char *pluginName = "libmpcrt-mpi.so";

/// The folder of this program, "/usr/bin".
static std::string programFolder() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::string text(path, length > 0 ? length : 0);
  return text.substr(0, text.rfind('/'));
}

static std::vector<std::string> placesToLook(const char *path) {
  if (!path)
    path = std::getenv("MPCRT_TRANSPORT");
  if (path && *path)
    return {path};
  std::string folder = programFolder();
  return {folder + "/../lib/" + pluginName,
          folder + "/../" MPCRT_LIBRARY_FOLDER "/" + pluginName, pluginName};
}

static void *load(const std::vector<std::string> &places) {
  std::string reason;
  for (const std::string &place : places) {
    // Global: the MPI library loads parts of itself that look for it.
    if (void *handle = dlopen(place.c_str(), RTLD_NOW | RTLD_GLOBAL))
      return handle;
    // A plugin that is there and does not load is the reason to tell.
    if (reason.empty() || access(place.c_str(), F_OK) == 0)
      reason = dlerror();
  }
  fail(MPCRT_UNSUPPORTED,
       text("cannot load the plugin for several processes: ", reason,
            "; build mpc where CMake finds MPI (Debian: libopenmpi-dev), or "
            "set MPCRT_TRANSPORT to the plugin's path"));
}

mpcrt_transport openTransport(const char *path) {
  void *handle = load(placesToLook(path));
  auto open = reinterpret_cast<mpcrt_transport_opener>(
      dlsym(handle, MPCRT_TRANSPORT_SYMBOL));
  if (!open)
    fail(MPCRT_UNSUPPORTED,
         text("the plugin for several processes has no symbol "
              "'" MPCRT_TRANSPORT_SYMBOL "'"));
  mpcrt_transport transport = {};
  char reason[256] = "";
  if (open(MPCRT_TRANSPORT_VERSION, &transport, reason, sizeof reason))
    fail(MPCRT_UNSUPPORTED, text("cannot reach the other processes: ", reason));
  return transport;
}

} // namespace mpcrt

//===- PluginFile.cpp - Finds and loads plugins ---------------------------===//
#include "PluginFile.h"
#include "Error.h"
#include <climits>
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>
#include <vector>

namespace mpcrt {

/// The folder of this program, "/usr/bin".
static std::string programFolder() {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  std::string text(path, length > 0 ? length : 0);
  return text.substr(0, text.rfind('/'));
}

static std::vector<std::string> placesToLook(const PluginFile &file,
                                             const char *path) {
  if (!path)
    path = std::getenv(file.variable);
  if (path && *path)
    return {path};
  std::string folder = programFolder();
  return {folder + "/../lib/" + file.name,
          folder + "/../" MPCRT_LIBRARY_FOLDER "/" + file.name, file.name};
}

void *loadPlugin(const PluginFile &file, const char *path) {
  std::string reason;
  for (const std::string &place : placesToLook(file, path)) {
    if (void *handle = dlopen(place.c_str(), file.flags))
      return handle;
    // A plugin that is there and does not load is the reason to tell.
    if (reason.empty() || access(place.c_str(), F_OK) == 0)
      reason = dlerror();
  }
  fail(MPCRT_UNSUPPORTED,
       text("cannot load ", file.purpose, ": ", reason, "; ", file.advice,
            ", or set ", file.variable, " to the plugin's path"));
}

void *findInPlugin(const PluginFile &file, void *handle, const char *symbol) {
  void *found = dlsym(handle, symbol);
  if (!found)
    fail(MPCRT_UNSUPPORTED,
         text(file.purpose, " has no symbol '", symbol, "'"));
  return found;
}

} // namespace mpcrt

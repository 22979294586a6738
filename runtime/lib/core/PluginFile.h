//===- PluginFile.h - Finds and loads plugins -------------------*- C++ -*-===//
#ifndef MPCRT_CORE_PLUGINFILE_H
#define MPCRT_CORE_PLUGINFILE_H

namespace mpcrt {

/// A shared object that this runtime loads when it is asked for.
struct PluginFile {
  const char *name;     ///< "libmpcrt-mpi.so", beside this program's libraries
  const char *variable; ///< of the environment: another path
  int flags;            ///< of dlopen
  /// "cannot load " + purpose + ": reason; " + advice + ", or set VARIABLE ..."
  const char *purpose, *advice;
};

/// The loaded plugin, which stays loaded. `path` may be null. Fails with
/// MPCRT_UNSUPPORTED and what to do.
void *loadPlugin(const PluginFile &file, const char *path = nullptr);

/// A symbol that the plugin must have.
void *findInPlugin(const PluginFile &file, void *handle, const char *symbol);

} // namespace mpcrt

#endif // MPCRT_CORE_PLUGINFILE_H

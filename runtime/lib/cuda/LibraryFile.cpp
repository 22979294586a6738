//===- LibraryFile.cpp - Loads a vendor's library -------------------------===//
#include "LibraryFile.h"
#include "../core/Error.h"
#include <cstdlib>
#include <dlfcn.h>

namespace mpcrt::cuda {

void failMissing(const LibraryFile &file, const std::string &reason) {
  fail(MPCRT_UNSUPPORTED,
       text(file.who, " needs ", file.what, ": ", reason, "; ", file.advice,
            ", or set ", file.variable, " to the library's path"));
}

static void *open(const LibraryFile &file) {
  std::vector<const char *> names = file.names;
  if (const char *path = std::getenv(file.variable); path && *path)
    names = {path};
  std::string reason;
  for (const char *name : names) {
    if (void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL))
      return handle;
    if (reason.empty())
      reason = dlerror();
  }
  failMissing(file, reason);
}

void *loadLibrary(const LibraryFile &file,
                  const std::vector<SymbolSlot> &symbols) {
  void *handle = open(file);
  std::string lacking;
  for (const SymbolSlot &symbol : symbols) {
    *symbol.address = dlsym(handle, symbol.name);
    if (!*symbol.address && !symbol.isOptional)
      lacking += text(lacking.empty() ? "" : ", ", symbol.name);
  }
  if (!lacking.empty())
    failMissing(file, text("this one is too old, it lacks ", lacking));
  return handle;
}

} // namespace mpcrt::cuda

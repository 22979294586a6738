//===- LibraryFile.h - Loads a vendor's library -----------------*- C++ -*-===//
#ifndef MPCRT_CUDA_LIBRARYFILE_H
#define MPCRT_CUDA_LIBRARYFILE_H

#include <string>
#include <vector>

namespace mpcrt::cuda {

/// A library that is looked for under several names.
struct LibraryFile {
  const char *what; ///< "NVIDIA's driver"
  std::vector<const char *> names;
  const char *variable; ///< of the environment: another file
  const char *advice;
  const char *who = "target 'cuda'"; ///< needs it
};

/// A function and where its address goes. One that is optional stays null where
/// the library lacks it.
struct SymbolSlot {
  const char *name;
  void **address;
  bool isOptional = false;
};
#define MPCRT_SLOT(name) {#name, reinterpret_cast<void **>(&table.name)}

/// Loads the library, which stays loaded, and looks all symbols up. Returns
/// what dlopen has.
void *loadLibrary(const LibraryFile &file,
                  const std::vector<SymbolSlot> &symbols);

/// Fails with MPCRT_UNSUPPORTED, who needs what, the reason why it is not there
/// and what to do.
[[noreturn]] void failMissing(const LibraryFile &file,
                              const std::string &reason);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_LIBRARYFILE_H

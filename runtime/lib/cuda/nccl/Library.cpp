//===- Library.cpp - NCCL, loaded at run time -----------------------------===//
#include "Library.h"
#include "../../core/Error.h"
#include "../LibraryFile.h"
#include <cstdlib>

namespace mpcrt::cuda {

static Nccl load() {
  LibraryFile file = {"NCCL",
                      {"libnccl.so.2"},
                      "MPCRT_NCCL_LIBRARY",
                      "install NCCL 2.14 or later where the loader finds it "
                      "(LD_LIBRARY_PATH), start one process",
                      "target 'cuda' in several processes"};
  // Kernels of several communicators begin in the order in which they were
  // asked for, which is the same everywhere.
  setenv("NCCL_LAUNCH_ORDER_IMPLICIT", "1", /*overwrite=*/0);
  Nccl table = {};
  loadLibrary(
      file, {
#define MPCRT_NCCL(name, parameters) MPCRT_SLOT(name),
#define MPCRT_NCCL_OPTIONAL(name, parameters)                                  \
  {#name, reinterpret_cast<void **>(&table.name), /*isOptional=*/true},
#include "Symbols.def"
                MPCRT_SLOT(ncclGetErrorString), MPCRT_SLOT(ncclGetLastError)});
  return table;
}

const Nccl &nccl() {
  static const Nccl table = load();
  return table;
}

std::string describeNccl(int result) {
  const char *last = nccl().ncclGetLastError(nullptr);
  return text(nccl().ncclGetErrorString(result), " (NCCL status ", result, ")",
              last && *last ? ": " : "", last ? last : "");
}

} // namespace mpcrt::cuda

//===- Cudnn.cpp - cuDNN and its plugin, loaded at run time ---------------===//
#include "Cudnn.h"
#include "../core/Error.h"
#include "../core/PluginFile.h"
#include "LibraryFile.h"
#include <cstdlib>
#include <dlfcn.h>
#include <unistd.h>

namespace mpcrt::cuda {

static constexpr size_t oldestVersion = 90000;

/// The path of a file in the folder of this shared object.
static std::string besideThis(const char *name) {
  Dl_info info = {};
  dladdr(reinterpret_cast<void *>(&cudnn), &info);
  std::string own = info.dli_fname ? info.dli_fname : "";
  return own.substr(0, own.rfind('/') + 1) + name;
}

static void loadFunctions(Cudnn &table) {
  PluginFile file = {"libmpcrt-cudnn.so", "MPCRT_CUDNN_PLUGIN",
                     RTLD_NOW | RTLD_LOCAL, "the plugin for attention by cuDNN",
                     "build mpc where CMake finds the headers of cuDNN and of "
                     "its frontend, compile with --attention=matmuls"};
  const char *chosen = std::getenv(file.variable);
  std::string beside = besideThis(file.name);
  bool isBeside = !(chosen && *chosen) && access(beside.c_str(), F_OK) == 0;
  void *plugin = loadPlugin(file, isBeside ? beside.c_str() : nullptr);
#define MPCRT_FIND(name, parameters)                                           \
  table.name = reinterpret_cast<decltype(table.name)>(                         \
      findInPlugin(file, plugin, #name));
  MPCRT_ATTENTION_FUNCTIONS(MPCRT_FIND)
#undef MPCRT_FIND
}

static Cudnn load() {
  Cudnn table = {};
  loadFunctions(table);
  LibraryFile file = {"cuDNN 9",
                      {"libcudnn.so.9"},
                      "MPCRT_CUDNN_LIBRARY",
                      "install it where the loader finds it "
                      "(LD_LIBRARY_PATH), compile with --attention=matmuls",
                      "attention on target 'cuda'"};
  table.library = loadLibrary(file, {MPCRT_SLOT(cudnnGetVersion)});
  size_t version = table.cudnnGetVersion();
  if (version < oldestVersion)
    failMissing(file, text("this one has the version number ", version));
  return table;
}

const Cudnn &cudnn() {
  static const Cudnn table = load();
  return table;
}

void checkCudnn(int status, const AttentionError &error,
                std::source_location where) {
  if (status == 0)
    return;
  throw DeviceError(status == AttentionNoMemory ? MPCRT_OUT_OF_MEMORY
                                                : MPCRT_INTERNAL,
                    text("cuDNN: ", error.text), where);
}

} // namespace mpcrt::cuda

//===- Libraries.cpp - NVIDIA's libraries, loaded at run time -------------===//
#include "Libraries.h"
#include "../core/Error.h"
#include "LibraryFile.h"
#include <cstdlib>
#include <optional>

namespace mpcrt::cuda {

//===----------------------------------------------------------------------===//
// The driver
//===----------------------------------------------------------------------===//

static constexpr int oldestDriver = 12000;

static std::string describe(const Driver &driver, int result) {
  const char *name = nullptr, *explanation = nullptr;
  driver.cuGetErrorName(result, &name);
  driver.cuGetErrorString(result, &explanation);
  return text(explanation ? explanation : "unknown error", " (",
              name ? name : "CUDA_ERROR", ", ", result, ")");
}

static Driver loadDriver() {
  LibraryFile file = {"NVIDIA's driver",
                      {"libcuda.so.1"},
                      "MPCRT_CUDA_LIBRARY",
                      "install a driver for CUDA 12.0 or later and look with "
                      "nvidia-smi, compile with --target=cpu"};
  // Streams that share one of the few queues of the default would wait for each
  // other where nothing asks them to.
  setenv("CUDA_DEVICE_MAX_CONNECTIONS", "32", /*overwrite=*/0);
  Driver table = {};
  loadLibrary(file, {
#define MPCRT_CUDA(name, parameters) MPCRT_SLOT(name),
#include "Symbols.def"
                    });
  if (int result = table.cuInit(0))
    failMissing(file, "cuInit: " + describe(table, result));
  int version = 0, count = 0;
  table.cuDriverGetVersion(&version);
  if (version < oldestDriver)
    failMissing(file, text("this one is for CUDA ", version / 1000, ".",
                           version % 1000 / 10));
  if (table.cuDeviceGetCount(&count) || !count)
    failMissing(file, "it sees no GPU (CUDA_VISIBLE_DEVICES may hide them)");
  return table;
}

const Driver &driver() {
  static const Driver table = loadDriver();
  return table;
}

void check(int result, const char *call, std::source_location where) {
  if (result == Success)
    return;
  throw DeviceError(result == OutOfMemory ? MPCRT_OUT_OF_MEMORY
                                          : MPCRT_INTERNAL,
                    text(call, ": ", describe(driver(), result)), where);
}

//===----------------------------------------------------------------------===//
// cuBLASLt
//===----------------------------------------------------------------------===//

static CublasLt loadCublasLt() {
  LibraryFile file = {"cuBLASLt",
                      {"libcublasLt.so.13", "libcublasLt.so.12"},
                      "MPCRT_CUBLASLT_LIBRARY",
                      "install the cuBLAS of CUDA 12 or 13 where the loader "
                      "finds it (LD_LIBRARY_PATH)"};
  CublasLt table = {};
  loadLibrary(file, {
#define MPCRT_CUBLASLT(name, parameters) MPCRT_SLOT(name),
#include "Symbols.def"
                        MPCRT_SLOT(cublasLtGetVersion)});
  return table;
}

const CublasLt &cublasLt() {
  static const CublasLt table = loadCublasLt();
  return table;
}

void checkLt(int result, const char *call, std::source_location where) {
  if (result == Success)
    return;
  bool isMemory = result == LtAllocationFailed;
  throw DeviceError(isMemory ? MPCRT_OUT_OF_MEMORY : MPCRT_INTERNAL,
                    text(call, ": cuBLAS status ", result,
                         isMemory ? " (out of memory)" : ""),
                    where);
}

//===----------------------------------------------------------------------===//
// NVML
//===----------------------------------------------------------------------===//

static std::optional<Nvml> loadNvml() {
  LibraryFile file = {"NVML",
                      {"libnvidia-ml.so.1"},
                      "MPCRT_NVML_LIBRARY",
                      "install it with NVIDIA's driver"};
  Nvml table = {};
  try {
    loadLibrary(file, {
#define MPCRT_NVML(name, parameters) MPCRT_SLOT(name),
#include "Symbols.def"
                      });
  } catch (const Error &) {
    return std::nullopt;
  }
  return table.nvmlInit_v2() == Success ? std::optional(table) : std::nullopt;
}

const Nvml *nvml() {
  static const std::optional<Nvml> table = loadNvml();
  return table ? &*table : nullptr;
}

} // namespace mpcrt::cuda

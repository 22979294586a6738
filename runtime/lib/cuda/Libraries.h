//===- Libraries.h - NVIDIA's libraries, loaded at run time -----*- C++ -*-===//
#ifndef MPCRT_CUDA_LIBRARIES_H
#define MPCRT_CUDA_LIBRARIES_H

#include "Types.h"
#include <source_location>

namespace mpcrt::cuda {

/// The driver API, libcuda.so.1.
struct Driver {
#define MPCRT_CUDA(name, parameters) int(*name) parameters;
#include "Symbols.def"
};

/// Matrix products, libcublasLt.so.
struct CublasLt {
#define MPCRT_CUBLASLT(name, parameters) int(*name) parameters;
#include "Symbols.def"
  size_t (*cublasLtGetVersion)();
};

/// What the driver does not tell of a machine, libnvidia-ml.so.1.
struct Nvml {
#define MPCRT_NVML(name, parameters) int(*name) parameters;
#include "Symbols.def"
};

/// The functions of a library, which is loaded at the first call and stays
/// loaded. They fail with MPCRT_UNSUPPORTED, what is missing (the library, a
/// function of it, a newer driver) and what to do. MPCRT_CUDA_LIBRARY and
/// MPCRT_CUBLASLT_LIBRARY name other files.
const Driver &driver();
const CublasLt &cublasLt();
/// Null where it is missing or does not start. MPCRT_NVML_LIBRARY names another
/// file.
const Nvml *nvml();

/// Throws a DeviceError "cuLaunchKernel: out of memory (CUDA_ERROR_...)".
void check(int result, const char *call,
           std::source_location where = std::source_location::current());

/// The same for cuBLASLt.
void checkLt(int result, const char *call,
             std::source_location where = std::source_location::current());
#define MPCRT_LT_CALL(name, ...)                                               \
  ::mpcrt::cuda::checkLt(::mpcrt::cuda::cublasLt().name(__VA_ARGS__), #name)

/// driver().NAME(...), checked.
#define MPCRT_CUDA_CALL(name, ...)                                             \
  ::mpcrt::cuda::check(::mpcrt::cuda::driver().name(__VA_ARGS__), #name)

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_LIBRARIES_H

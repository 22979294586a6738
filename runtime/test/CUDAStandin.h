//===- CUDAStandin.h - CUDA executables on the stand-in ---------*- C++ -*-===//
#ifndef MPCRT_TEST_CUDASTANDIN_H
#define MPCRT_TEST_CUDASTANDIN_H

#include "Standin.h"
#include "mpcrt/abi.h"
#include <map>
#include <nlohmann/json.hpp>

namespace mpcrt::test {

/// The same executable for the target "cuda": its kernels become entries of a
/// module, for which the stand-in calls the functions of the host.
nlohmann::json forStandin(nlohmann::json manifest,
                          const std::map<std::string, mpcrt_kernel> &kernels);

} // namespace mpcrt::test

#endif // MPCRT_TEST_CUDASTANDIN_H

//===- CUDAStandin.cpp - CUDA executables on the stand-in -----------------===//
#include "CUDAStandin.h"
#include "Backends.h"
#include <cstdlib>
#include <cstring>

namespace mpcrt::test {

using nlohmann::json;

/// The runtime finds the plugin, and the plugin the stand-in, as users do. What
/// the environment has already goes first.
[[maybe_unused]] static const bool isSetUp = [] {
  setenv("MPCRT_CUDA_PLUGIN", MPCRT_TEST_CUDA_PLUGIN, 0);
  setenv("MPCRT_CUDA_LIBRARY", MPCRT_TEST_STANDIN, 0);
  setenv("MPCRT_CUBLASLT_LIBRARY", MPCRT_TEST_STANDIN, 0);
  setenv("MPCRT_CUDNN_PLUGIN", MPCRT_TEST_STANDIN, 0);
  setenv("MPCRT_CUDNN_LIBRARY", MPCRT_TEST_STANDIN, 0);
  setenv("MPCRT_NVML_LIBRARY", MPCRT_TEST_STANDIN, 0);
  setenv("MPCRT_NCCL_LIBRARY", MPCRT_TEST_STANDIN_NCCL, 0);
  setenv("MPC_CACHE_DIR", MPCRT_TEST_CACHE, 0);
  return true;
}();

void prepareBackend(const DeviceBackend &backend) {
  if (backend.device == "cuda")
    standin::reset(backend.seed);
}

/// Registers one launch's kernel with its extent, which a grid has fixed.
static void registerLaunch(const std::string &entry, mpcrt_kernel function,
                           size_t buffers, size_t scalars, int64_t extent) {
  standin::setParameterBytes(entry, std::vector<size_t>(buffers + scalars, 8));
  standin::registerKernel(entry, [=](void **parameters) {
    std::vector<char *> pointers(buffers);
    for (size_t i = 0; i < buffers; ++i)
      pointers[i] = standin::hostOf(*static_cast<char **>(parameters[i]));
    std::vector<int64_t> values(scalars);
    for (size_t i = 0; i < scalars; ++i)
      values[i] = *static_cast<int64_t *>(parameters[buffers + i]);
    function(pointers.data(), values.data(), 0, extent);
  });
}

json forStandin(json manifest,
                const std::map<std::string, mpcrt_kernel> &kernels) {
  json entries = json::array();
  std::string image;
  for (json &program : manifest["programs"])
    for (json &body : program["bodies"])
      for (json &launch : body["launches"]) {
        if (launch["op"] != "kernel")
          continue;
        std::string symbol = manifest["kernels"][launch["kernel"].get<int>()];
        std::string entry = symbol + "_" + std::to_string(entries.size());
        registerLaunch(entry, kernels.at(symbol), launch["buffers"].size(),
                       launch["scalars"].size(), launch["extent"]);
        image += ".visible .entry " + entry + "()\n";
        launch["kernel"] = entries.size();
        launch.erase("extent");
        launch.erase("grain");
        entries.push_back(
            {{"entry", entry}, {"module", 0}, {"grid", 1}, {"block", 32}});
      }
  manifest["target"] = "cuda";
  manifest["kernels"] = entries;
  if (!image.empty())
    manifest["modules"] = {{{"ptx", image}}};
  return manifest;
}

} // namespace mpcrt::test

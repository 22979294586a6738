//===- Code.h - Modules and their kernels on one GPU ------------*- C++ -*-===//
#ifndef MPCRT_CUDA_CODE_H
#define MPCRT_CUDA_CODE_H

#include "Handles.h"
#include <map>

namespace mpcrt::cuda {

/// One loaded module: its cubin where the GPU is of that kind, else its PTX.
/// Fails with what the driver's compiler says.
class LoadedModule {
public:
  LoadedModule(const mpcrt::Module &code, const std::string &what);
  ~LoadedModule();
  LoadedModule(const LoadedModule &) = delete;
  LoadedModule &operator=(const LoadedModule &) = delete;
  Function find(const std::string &entry) const;

private:
  Module module = nullptr;
  std::string what;
};

/// The kernels of an executable, loaded before the first step.
class Code {
public:
  /// `executable` may be null: it has no kernels.
  explicit Code(const Executable *executable);

  void launch(const KernelLaunch &launch, char *const *buffers,
              const int64_t *scalars, Stream stream) const;
  /// The runtime's own.
  void copy(const StridedCopy &copy, const char *src, char *dst,
            Stream stream) const;
  void reduce(const CollectiveLaunch &launch,
              std::span<const char *const> sources, int64_t offset,
              const Destinations &results, int64_t count, Stream stream) const;

private:
  const Executable *executable;
  std::vector<std::unique_ptr<LoadedModule>> modules;
  std::vector<Function> functions; // by kernel
  LoadedModule own;
  std::map<int64_t, Function> copies;                        // by width
  std::map<std::pair<int32_t, Reduce>, Function> reductions; // by dtype
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_CODE_H

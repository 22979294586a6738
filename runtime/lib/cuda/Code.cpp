//===- Code.cpp - Modules and their kernels on one GPU --------------------===//
#include "Code.h"
#include "../core/DType.h"
#include "../core/Error.h"
#include "RuntimeKernels.h"
#include <algorithm>

namespace mpcrt::cuda {

LoadedModule::LoadedModule(const mpcrt::Module &code, const std::string &what)
    : what(what) {
  // One of another kind of GPU, or too new for the driver, is no error where
  // there is PTX.
  if (!code.cubin.empty() &&
      (driver().cuModuleLoadDataEx(&module, code.cubin.data(), 0, nullptr,
                                   nullptr) == Success))
    return;
  const std::string &image = code.ptx.empty() ? code.cubin : code.ptx;
  char log[2048] = "";
  int options[] = {JitErrorLog, JitErrorLogBytes};
  void *values[] = {log, reinterpret_cast<void *>(sizeof log)};
  try {
    MPCRT_CUDA_CALL(cuModuleLoadDataEx, &module, image.c_str(), 2, options,
                    values);
  } catch (const DeviceError &e) {
    fail(e.code,
         text("cannot load ", what, ": ", e.message, *log ? "; " : "", log));
  }
}

LoadedModule::~LoadedModule() { driver().cuModuleUnload(module); }

Function LoadedModule::find(const std::string &entry) const {
  Function function = nullptr;
  if (driver().cuModuleGetFunction(&function, module, entry.c_str()))
    fail(MPCRT_NOT_FOUND, text(what, " has no entry '", entry, "'"));
  return function;
}

Code::Code(const Executable *executable)
    : executable(executable),
      own({runtimeKernels(), ""}, "the runtime's kernels") {
  for (int64_t width : {1, 2, 4, 8, 16})
    copies[width] = own.find(copyKernelName(width));
  for (int32_t dtype :
       {MPCRT_F32, MPCRT_F64, MPCRT_I64, MPCRT_I32, MPCRT_BF16, MPCRT_F16})
    for (Reduce reduce : {Reduce::Sum, Reduce::Max, Reduce::Min})
      reductions[{dtype, reduce}] = own.find(reduceKernelName(dtype, reduce));
  if (!executable)
    return;
  const Manifest &manifest = executable->manifest;
  for (size_t i = 0; i < manifest.modules.size(); ++i)
    modules.push_back(std::make_unique<LoadedModule>(manifest.modules[i],
                                                     text("modules[", i, "]")));
  for (const Kernel &kernel : manifest.kernels)
    functions.push_back(modules[kernel.module]->find(kernel.symbol));
}

void Code::launch(const KernelLaunch &launch, char *const *buffers,
                  const int64_t *scalars, Stream stream) const {
  const Kernel &kernel = executable->manifest.kernels[launch.kernel];
  // The driver reads every parameter, 8 bytes, through a pointer.
  std::array<void *, 512> parameters;
  size_t count = 0;
  for (size_t i = 0; i < launch.buffers.size(); ++i)
    parameters[count++] = const_cast<char **>(&buffers[i]);
  for (size_t i = 0; i < launch.scalars.size(); ++i)
    parameters[count++] = const_cast<int64_t *>(&scalars[i]);
  int result = driver().cuLaunchKernel(
      functions[launch.kernel], static_cast<unsigned>(kernel.grid), 1, 1,
      static_cast<unsigned>(kernel.block), 1, 1,
      static_cast<unsigned>(kernel.sharedBytes), stream, parameters.data(),
      nullptr);
  if (result)
    check(result, text("cuLaunchKernel of '", kernel.symbol, "'").c_str());
}

/// Launches an entry of the runtime over `count` elements.
static void launchOver(Function function, int64_t count, void **parameters,
                       Stream stream) {
  constexpr int64_t block = 256, mostBlocks = 2048;
  auto blocks =
      static_cast<unsigned>(std::min(mostBlocks, (count + block - 1) / block));
  MPCRT_CUDA_CALL(cuLaunchKernel, function, blocks, 1, 1, block, 1, 1, 0,
                  stream, parameters, nullptr);
}

//===----------------------------------------------------------------------===//
// The runtime's own
//===----------------------------------------------------------------------===//

/// The most bytes, up to 16, that all addresses are multiples of.
static int64_t widthOf(const StridedCopy &copy, const char *src,
                       const char *dst) {
  uint64_t all = addressOf(src) | addressOf(dst) |
                 static_cast<uint64_t>(copy.bytesOfRun()) | 16;
  for (const StridedCopy::Dim &dim : copy.outerDims())
    all |= static_cast<uint64_t>(dim.src) | static_cast<uint64_t>(dim.dst);
  return static_cast<int64_t>(all & -all);
}

void Code::copy(const StridedCopy &copy, const char *src, char *dst,
                Stream stream) const {
  if (copy.isRun()) {
    if (copy.bytes() && src != dst)
      MPCRT_CUDA_CALL(cuMemcpyDtoDAsync_v2, addressOf(dst), addressOf(src),
                      copy.bytes(), stream);
    return;
  }
  int64_t width = widthOf(copy, src, dst);
  int64_t count = copy.bytes() / width;
  CopyBox box;
  for (const StridedCopy::Dim &dim : copy.outerDims())
    box.dims[box.rank++] = dim;
  if (copy.bytesOfRun() > width)
    box.dims[box.rank++] = {copy.bytesOfRun() / width, width, width};
  void *parameters[] = {&src, &dst, &count, &box};
  launchOver(copies.at(width), count, parameters, stream);
}

void Code::reduce(const CollectiveLaunch &launch,
                  std::span<const char *const> sources, int64_t offset,
                  const Destinations &results, int64_t count,
                  Stream stream) const {
  if (count <= 0)
    return;
  if (sources.size() + results.to.size() > mostReducePointers)
    fail(MPCRT_UNSUPPORTED, text("a group of ", sources.size(),
                                 " devices on one GPU reduces at "
                                 "most ",
                                 mostReducePointers, " buffers"));
  ReducePointers pointers;
  size_t used = 0;
  for (const char *source : sources)
    pointers[used++] = source + offset;
  for (char *result : results.to)
    pointers[used++] = result + results.offset;
  uint64_t sourceCount = sources.size(), resultCount = results.to.size();
  void *parameters[] = {&count, &sourceCount, &resultCount, &pointers};
  launchOver(reductions.at({launch.dtype, launch.reduce}), count, parameters,
             stream);
}

} // namespace mpcrt::cuda

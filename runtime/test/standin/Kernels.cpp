//===- Kernels.cpp - The runtime's own kernels on the stand-in ------------===//
#include "Memory.h"
#include "Standin.h"
#include "core/Reduction.h"
#include "cuda/RuntimeKernels.h"
#include <cstring>

using namespace mpcrt;

namespace {

template <typename T> T read(void **parameters, int index) {
  T value;
  std::memcpy(&value, parameters[index], sizeof value);
  return value;
}

/// mpcrt_copy_W, element by element.
void copyBox(int64_t width, void **parameters) {
  const char *src = standin::hostOf(read<const char *>(parameters, 0));
  char *dst = standin::hostOf(read<char *>(parameters, 1));
  auto count = read<int64_t>(parameters, 2);
  auto box = read<cuda::CopyBox>(parameters, 3);
  for (int64_t i = 0; i < count; ++i) {
    const char *from = src;
    char *to = dst;
    int64_t rest = i;
    for (int64_t d = box.rank; d-- > 0; rest /= box.dims[d].size) {
      from += rest % box.dims[d].size * box.dims[d].src;
      to += rest % box.dims[d].size * box.dims[d].dst;
    }
    std::memcpy(to, from, width);
  }
}

/// mpcrt_reduce_T_OP.
void reduceAll(int32_t dtype, Reduce reduce, void **parameters) {
  auto count = read<int64_t>(parameters, 0);
  auto sources = read<uint64_t>(parameters, 1);
  auto results = read<uint64_t>(parameters, 2);
  auto pointers = read<cuda::ReducePointers>(parameters, 3);
  std::vector<const char *> from;
  std::vector<char *> to;
  for (uint64_t i = 0; i < sources; ++i)
    from.push_back(standin::hostOf(pointers[i]));
  for (uint64_t i = 0; i < results; ++i)
    to.push_back(standin::hostOf(pointers[sources + i]));
  reduceElements(dtype, reduce, from, 0, {to}, count);
}

void add(const std::string &entry, size_t lastBytes, standin::Kernel kernel) {
  standin::setParameterBytes(entry, {8, 8, 8, lastBytes});
  standin::registerKernel(entry, std::move(kernel));
}

const bool areRegistered = [] {
  for (int64_t width : {1, 2, 4, 8, 16})
    add(cuda::copyKernelName(width), sizeof(cuda::CopyBox),
        [width](void **parameters) { copyBox(width, parameters); });
  for (int32_t dtype :
       {MPCRT_F32, MPCRT_F64, MPCRT_I64, MPCRT_I32, MPCRT_BF16, MPCRT_F16})
    for (Reduce reduce : {Reduce::Sum, Reduce::Max, Reduce::Min})
      add(cuda::reduceKernelName(dtype, reduce), sizeof(cuda::ReducePointers),
          [=](void **parameters) { reduceAll(dtype, reduce, parameters); });
  return true;
}();

} // namespace

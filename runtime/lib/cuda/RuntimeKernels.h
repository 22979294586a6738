//===- RuntimeKernels.h - The runtime's own code for GPUs -------*- C++ -*-===//
//
// Three families of entries, as PTX text. Every entry walks its elements with
// a stride of the whole grid, so any grid will do.
//
//   mpcrt_copy_W(src, dst, count, box)          W = 1, 2, 4, 8, 16 bytes
//     element i of a box of `count` elements, wherever its strides say
//   mpcrt_reduce_T_OP(count, sources, results, pointers)
//     pointers[sources + r][i] = OP over s of pointers[s][i], s ascending
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_RUNTIMEKERNELS_H
#define MPCRT_CUDA_RUNTIMEKERNELS_H

#include "../core/Reduction.h"
#include <string>

namespace mpcrt::cuda {

/// The box of mpcrt_copy_W: `rank` dimensions, outermost first, strides in
/// bytes.
struct CopyBox {
  int64_t rank = 0;
  std::array<StridedCopy::Dim, maxRank + 1> dims;
};

/// The pointers of mpcrt_reduce_T_OP.
constexpr size_t mostReducePointers = 256;
using ReducePointers = std::array<const char *, mostReducePointers>;

/// The PTX of all entries.
std::string runtimeKernels();

std::string copyKernelName(int64_t width);
/// `dtype` is one that has sums.
std::string reduceKernelName(int32_t dtype, Reduce reduce);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_RUNTIMEKERNELS_H

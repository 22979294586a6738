//===- StridedCopy.cpp - Copies of boxes between strided tensors ----------===//
#include "StridedCopy.h"
#include <cstring>

namespace mpcrt {

StridedCopy::StridedCopy(int64_t elementBytes, std::span<const int64_t> shape,
                         std::span<const int64_t> srcStrides,
                         std::span<const int64_t> dstStrides)
    : runBytes(elementBytes) {
  for (size_t i = 0; i < shape.size(); ++i)
    append(
        {shape[i], srcStrides[i] * elementBytes, dstStrides[i] * elementBytes});
  if (rank && dims[rank - 1].src == runBytes && dims[rank - 1].dst == runBytes)
    runBytes *= dims[--rank].size;
}

void StridedCopy::append(Dim dim) {
  if (dim.size == 1)
    return;
  if (rank) {
    Dim &last = dims[rank - 1];
    if (last.src == dim.src * dim.size && last.dst == dim.dst * dim.size) {
      last = {last.size * dim.size, dim.src, dim.dst};
      return;
    }
  }
  dims[rank++] = dim;
}

int64_t StridedCopy::bytes() const {
  int64_t total = runBytes;
  for (int i = 0; i < rank; ++i)
    total *= dims[i].size;
  return total;
}

/// The inner loop of a transposing copy: `size` elements of a fixed width.
template <typename T>
static void copyElements(const char *src, char *dst, int64_t size,
                         int64_t srcStride, int64_t dstStride) {
  for (int64_t i = 0; i < size; ++i) {
    T value;
    std::memcpy(&value, src + i * srcStride, sizeof(T));
    std::memcpy(dst + i * dstStride, &value, sizeof(T));
  }
}

void StridedCopy::copyFrom(int dim, const char *src, char *dst) const {
  if (dim == rank) {
    std::memmove(dst, src, runBytes);
    return;
  }
  const Dim &d = dims[dim];
  if (dim == rank - 1) {
    switch (runBytes) {
    case 1:
      return copyElements<uint8_t>(src, dst, d.size, d.src, d.dst);
    case 2:
      return copyElements<uint16_t>(src, dst, d.size, d.src, d.dst);
    case 4:
      return copyElements<uint32_t>(src, dst, d.size, d.src, d.dst);
    case 8:
      return copyElements<uint64_t>(src, dst, d.size, d.src, d.dst);
    default:
      break;
    }
  }
  for (int64_t i = 0; i < d.size; ++i)
    copyFrom(dim + 1, src + i * d.src, dst + i * d.dst);
}

void StridedCopy::run(const char *src, char *dst, int64_t begin,
                      int64_t end) const {
  if (rank == 0) {
    if (begin < end)
      copyFrom(0, src, dst);
    return;
  }
  StridedCopy part = *this;
  part.dims[0].size = end - begin;
  part.copyFrom(0, src + begin * dims[0].src, dst + begin * dims[0].dst);
}

Strides denseStrides(std::span<const int64_t> shape) {
  Strides strides{};
  int64_t stride = 1;
  for (size_t i = shape.size(); i-- > 0; stride *= shape[i])
    strides[i] = stride;
  return strides;
}

int64_t denseOffset(std::span<const int64_t> shape,
                    std::span<const int64_t> index) {
  int64_t offset = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    offset = offset * shape[i] + index[i];
  return offset;
}

} // namespace mpcrt

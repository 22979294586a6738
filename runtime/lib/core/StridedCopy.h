//===- StridedCopy.h - Copies of boxes between strided tensors --*- C++ -*-===//
#ifndef MPCRT_CORE_STRIDEDCOPY_H
#define MPCRT_CORE_STRIDEDCOPY_H

#include <array>
#include <cstdint>
#include <span>

namespace mpcrt {

constexpr int maxRank = 12;

/// A box of elements with its strides on both sides, in bytes, outermost
/// dimension first. Dimensions are merged as they are added, so that the inner
/// run is as long as it can be:
///   [4, 8] of a dense [4, 8] becomes one run of 32 elements.
class StridedCopy {
public:
  /// A box of `shape` elements of `elementBytes`; strides count elements.
  StridedCopy(int64_t elementBytes, std::span<const int64_t> shape,
              std::span<const int64_t> srcStrides,
              std::span<const int64_t> dstStrides);
  StridedCopy() = default;

  /// Copies all of it.
  void run(const char *src, char *dst) const { run(src, dst, 0, outer()); }
  /// Copies the part [begin, end) of the outermost dimension.
  void run(const char *src, char *dst, int64_t begin, int64_t end) const;

  /// Size of the outermost dimension that can be cut in slices; 1 for a run.
  int64_t outer() const { return rank ? dims[0].size : 1; }
  int64_t bytes() const;
  /// One run on both sides.
  bool isRun() const { return rank == 0; }

  struct Dim {
    int64_t size, src, dst;
  };
  /// Of the boxes of runs, outermost first.
  std::span<const Dim> outerDims() const {
    return {dims.data(), static_cast<size_t>(rank)};
  }
  int64_t bytesOfRun() const { return runBytes; }

private:
  void append(Dim dim);
  void copyFrom(int dim, const char *src, char *dst) const;

  std::array<Dim, maxRank> dims;
  int rank = 0;
  int64_t runBytes = 0;
};

/// Strides of a dense row-major tensor, in elements.
using Strides = std::array<int64_t, maxRank>;
Strides denseStrides(std::span<const int64_t> shape);

/// Element offset of `index` in a dense row-major tensor of `shape`.
int64_t denseOffset(std::span<const int64_t> shape,
                    std::span<const int64_t> index);

} // namespace mpcrt

#endif // MPCRT_CORE_STRIDEDCOPY_H

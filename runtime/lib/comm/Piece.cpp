//===- Piece.cpp - What one member of a collective has for another --------===//
#include "Piece.h"
#include "../core/DType.h"

namespace mpcrt {

namespace {
/// A dense part of the full tensor, with at most one block a dimension.
struct Local {
  std::array<int64_t, maxRank> sizes = {};
  size_t rank;

  explicit Local(const std::vector<int64_t> &full) : rank(full.size()) {
    std::copy(full.begin(), full.end(), sizes.begin());
  }
  std::span<const int64_t> shape() const { return {sizes.data(), rank}; }
};
} // namespace

Piece::Piece(const CollectiveLaunch &launch, Index from, Index to) {
  int64_t elem = dtypeBytes(launch.dtype);
  Local source(launch.shape), result(launch.shape), box(launch.shape);
  Block theirs = {0, 0}, mine = {0, 0};
  if (launch.srcDim >= 0) {
    theirs = blockOf(launch.shape[launch.srcDim], launch.srcBlock, from);
    source.sizes[launch.srcDim] = box.sizes[launch.srcDim] = theirs.size;
  }
  if (launch.dstDim >= 0) {
    mine = blockOf(launch.shape[launch.dstDim], launch.dstBlock, to);
    result.sizes[launch.dstDim] = box.sizes[launch.dstDim] = mine.size;
  }
  Strides in = denseStrides(source.shape()), out = denseStrides(result.shape()),
          dense = denseStrides(box.shape());
  if (launch.dstDim >= 0)
    srcOffset = mine.begin * in[launch.dstDim] * elem;
  if (launch.srcDim >= 0)
    dstOffset = theirs.begin * out[launch.srcDim] * elem;
  pack = StridedCopy(elem, box.shape(), in, dense);
  unpack = StridedCopy(elem, box.shape(), dense, out);
  direct = StridedCopy(elem, box.shape(), in, out);
}

} // namespace mpcrt

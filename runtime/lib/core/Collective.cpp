//===- Collective.cpp - Who holds which block -----------------------------===//
#include "Collective.h"
#include "DType.h"
#include <algorithm>
#include <tuple>

namespace mpcrt {

Block blockOf(int64_t extent, int64_t block, int64_t member) {
  int64_t begin = std::min(member * block, extent);
  return {begin, std::min(block, extent - begin)};
}

static std::vector<int64_t> withBlock(std::vector<int64_t> shape, int32_t dim,
                                      int64_t block, int64_t member) {
  if (dim >= 0)
    shape[dim] = blockOf(shape[dim], block, member).size;
  return shape;
}

std::vector<int64_t> sourceShape(const CollectiveLaunch &launch,
                                 int64_t member) {
  return withBlock(launch.shape, launch.srcDim, launch.srcBlock, member);
}

std::vector<int64_t> resultShape(const CollectiveLaunch &launch,
                                 int64_t member) {
  return withBlock(launch.shape, launch.dstDim, launch.dstBlock, member);
}

int64_t fullBytes(const CollectiveLaunch &launch) {
  int64_t bytes = dtypeBytes(launch.dtype);
  for (int64_t size : launch.shape)
    bytes *= size;
  return bytes;
}

bool sameCollective(const CollectiveLaunch &a, const CollectiveLaunch &b) {
  auto key = [](const CollectiveLaunch &l) {
    return std::tie(l.kind, l.reduce, l.dtype, l.shape, l.srcDim, l.dstDim,
                    l.srcBlock, l.dstBlock);
  };
  return &a == &b || key(a) == key(b);
}

const char *collectiveName(int32_t kind) {
  static const char *const names[MPCRT_COLLECTIVES] = {
      "all_reduce", "all_gather", "reduce_scatter", "all_to_all"};
  return names[kind];
}

} // namespace mpcrt

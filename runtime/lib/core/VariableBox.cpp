//===- VariableBox.cpp - Boxes of sharded variables -----------------------===//
#include "VariableBox.h"
#include "DType.h"
#include "Error.h"
#include <algorithm>

namespace mpcrt {

static const Variable &findVariable(const Manifest &manifest,
                                    std::string_view name) {
  for (const Variable &variable : manifest.variables)
    if (variable.tensor.name == name)
      return variable;
  fail(MPCRT_NOT_FOUND, text("there is no variable '", name, "'"));
}

VariableBox::VariableBox(const Manifest &manifest, std::string_view name,
                         const int64_t *first, const int64_t *extent,
                         size_t bytes)
    : variable(&findVariable(manifest, name)) {
  const TensorInfo &tensor = variable->tensor;
  size_t rank = tensor.shape.size();
  begin.assign(rank, 0);
  size = tensor.shape;
  if (!first != !extent)
    fail(MPCRT_INVALID_ARGUMENT, "'begin' and 'size' must be given together");
  if (first) {
    begin.assign(first, first + rank);
    size.assign(extent, extent + rank);
  }
  for (size_t i = 0; i < rank; ++i)
    if (size[i] < 1 || begin[i] < 0 || size[i] > tensor.shape[i] ||
        begin[i] > tensor.shape[i] - size[i])
      fail(MPCRT_INVALID_ARGUMENT,
           text("box [", begin[i], ", ", begin[i], " + ", size[i],
                ") leaves dimension ", i, " of '", name, "', which is ",
                tensor.shape[i]));
  int64_t expected = elementCount(size) * dtypeBytes(tensor.dtype);
  if (bytes != static_cast<size_t>(expected))
    fail(MPCRT_INVALID_ARGUMENT, text("'", name, "' needs ", expected,
                                      " bytes for this box, found ", bytes));
}

static bool isReplica(const Variable &variable, size_t shard) {
  const Shard &self = variable.shards[shard];
  return std::any_of(
      variable.shards.begin(), variable.shards.begin() + shard,
      [&](const Shard &earlier) { return earlier.begin == self.begin; });
}

const Shard *findDistinctShard(const Manifest &manifest, std::string_view name,
                               Index index) {
  const Variable &variable = findVariable(manifest, name);
  for (size_t i = 0; i < variable.shards.size(); ++i)
    if (!isReplica(variable, i) && index-- == 0)
      return &variable.shards[i];
  return nullptr;
}

bool VariableBox::intersect(const Shard &shard, Part &part) const {
  std::vector<int64_t> shape, inShard, inBox;
  for (size_t i = 0; i < size.size(); ++i) {
    int64_t low = std::max(begin[i], shard.begin[i]);
    int64_t high = std::min(begin[i] + size[i], shard.begin[i] + shard.size[i]);
    if (low >= high)
      return false;
    shape.push_back(high - low);
    inShard.push_back(low - shard.begin[i]);
    inBox.push_back(low - begin[i]);
  }
  int64_t elem = dtypeBytes(variable->tensor.dtype);
  Strides device = denseStrides(shard.size), host = denseStrides(size);
  part.device = shard.device;
  part.deviceOffset = shard.offset + elem * denseOffset(shard.size, inShard);
  part.hostOffset = elem * denseOffset(size, inBox);
  part.toDevice = StridedCopy(elem, shape, host, device);
  part.toHost = StridedCopy(elem, shape, device, host);
  Strides dense = denseStrides(shape);
  part.toDense = StridedCopy(elem, shape, device, dense);
  part.fromDense = StridedCopy(elem, shape, dense, host);
  return true;
}

std::vector<VariableBox::Part> VariableBox::parts(bool replicas) const {
  std::vector<Part> list;
  for (size_t i = 0; i < variable->shards.size(); ++i) {
    Part part;
    if ((replicas || !isReplica(*variable, i)) &&
        intersect(variable->shards[i], part))
      list.push_back(part);
  }
  return list;
}

} // namespace mpcrt

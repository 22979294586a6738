//===- OpsReduce.cpp - reductions -----------------------------------------===//

#include "OpTable.h"
#include <numeric>
#include <set>

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;
using Value = mlir::Value;

/// Increasing; all dims where none are named, unless the node says otherwise.
static Shape getDims(Node &node, int64_t rank) {
  std::optional<Shape> axes = node.axes("axes", 1);
  if (!axes || axes->empty()) {
    Shape all(node.attributes.integer("noop_with_empty_axes", 0) ? 0 : rank);
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::set<int64_t> dims;
  for (int64_t axis : *axes)
    dims.insert(node.toDim(axis, rank));
  return Shape(dims.begin(), dims.end());
}

/// Drops the reduced dims, which mpc's reductions keep.
static void setReduced(Node &node, Value reduced, const Shape &dims) {
  if (!reduced || node.attributes.integer("keepdims", 1))
    return node.setResult(reduced);
  Shape shape;
  for (auto [dim, size] : llvm::enumerate(getShape(reduced)))
    if (!llvm::is_contained(dims, static_cast<int64_t>(dim)))
      shape.push_back(size);
  node.setResult(node.e.reshape(reduced, shape));
}

template <ReductionKind kind> static void importReduce(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  Shape dims = getDims(node, getShape(x).size());
  setReduced(node, node.e.reduce(kind, x, dims), dims);
}

static void importReduceMean(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  Shape dims = getDims(node, getShape(x).size());
  setReduced(node, node.e.mean(x, dims), dims);
}

llvm::ArrayRef<OpEntry> onnx_import::getReduceOps() {
  static constexpr OpEntry entries[] = {
      {"ReduceSum", 1, importReduce<ReductionKind::Sum>},
      {"ReduceMax", 1, importReduce<ReductionKind::Max>},
      {"ReduceMin", 1, importReduce<ReductionKind::Min>},
      {"ReduceMean", 1, importReduceMean},
  };
  return entries;
}

//===- OpsIndex.cpp - elements by index -----------------------------------===//

#include "OpTable.h"
#include "ShapeRules.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using Value = mlir::Value;

namespace {
/// Constant indices that are a slice: `size` in a row from `start` on, or one.
struct Run {
  int64_t start = 0, size = 0;
};
} // namespace

static std::optional<Run> findRun(const Constant &indices, int64_t dimSize) {
  if (indices.isFloat() || indices.count() == 0)
    return std::nullopt;
  int64_t first = indices.integers[0];
  first = first < 0 ? first + dimSize : first;
  bool isOne = indices.isSplat();
  for (auto [i, index] : llvm::enumerate(indices.integers))
    if (!isOne &&
        (index < 0 ? index + dimSize : index) - static_cast<int64_t>(i) !=
            first)
      return std::nullopt;
  Run run{first, isOne ? 1 : indices.count()};
  if (first < 0 || run.size > dimSize - first)
    return std::nullopt;
  return run;
}

/// [a, n, b] at `dim` 1 with the indices' shape I in place of n: [a, I..., b].
static Shape replaceDim(ArrayRef<int64_t> shape, int64_t dim, Dims indices) {
  Shape result(shape.begin(), shape.begin() + dim);
  result.append(indices.begin(), indices.end());
  result.append(shape.begin() + dim + 1, shape.end());
  return result;
}

/// Rows 0 to 63 of a table of positions, or row 0 for every token.
static Value gatherRun(Emitter &e, Value x, int64_t dim, Run run,
                       Dims indices) {
  Value part = e.slice(x, dim, run.start, run.size);
  if (!part)
    return {};
  Shape from = indices.empty() ? Shape() : Shape(indices.size(), 1);
  Shape shape = replaceDim(getShape(x), dim, indices);
  if (run.size == 1)
    return e.broadcast(e.reshape(part, replaceDim(getShape(x), dim, from)),
                       shape);
  return e.reshape(part, shape);
}

/// Indices below 0, which count from the end, as what they mean. Those that are
/// fed are taken as they are.
static Value makeRows(Node &node, Constant indices, int64_t size) {
  for (int64_t &index : indices.integers) {
    if (index < -size || index >= size) {
      node.e.fail("index " + llvm::Twine(index) + " is outside a dim of size " +
                  llvm::Twine(size));
      return {};
    }
    index += index < 0 ? size : 0;
  }
  return node.makeConstant(indices);
}

static void importGather(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  int64_t dim = node.dim("axis", 0, getShape(x).size());
  if (node.e.hasProblem())
    return;
  const Constant *indices = node.constant(1);
  if (indices)
    if (auto run = findRun(*indices, getShape(x)[dim]))
      return node.setResult(gatherRun(node.e, x, dim, *run, indices->shape));
  if (dim != 0)
    return node.e.fail("along an axis other than 0 the indices must be "
                       "constant and consecutive");
  Value rows =
      indices ? makeRows(node, *indices, getShape(x)[0]) : node.operand(1);
  node.setResult(node.e.make<EmbeddingOp>({x, rows}));
}

/// Do the indices name every element of the first dims of `shape` in order?
static bool namesAll(const Constant &indices, Dims shape) {
  if (indices.isFloat() || indices.shape.empty() ||
      indices.shape.back() > static_cast<int64_t>(shape.size()))
    return false;
  int64_t depth = indices.shape.back(), rows = 1;
  for (int64_t size : shape.take_front(depth))
    rows *= size;
  if (depth == 0 || indices.count() / depth != rows)
    return false;
  Shape strides = getStrides(shape.take_front(depth));
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t dim = 0; dim < depth; ++dim)
      if (indices.integers[row * depth + dim] !=
          row / strides[dim] % shape[dim])
        return false;
  return true;
}

/// How exporters write a mask's `mask[:, None, None, :]`.
static void importGatherND(Node &node) {
  Value x = node.operand(0);
  const Constant *indices = node.constant(1);
  if (!x)
    return;
  if (!indices || node.attributes.integer("batch_dims", 0) != 0 ||
      !namesAll(*indices, getShape(x)))
    return node.e.fail("only constant indices that name all elements in order "
                       "are supported");
  Shape shape(indices->shape.begin(), indices->shape.end() - 1);
  shape.append(getShape(x).begin() + indices->shape.back(), getShape(x).end());
  node.setResult(node.e.reshape(x, shape));
}

llvm::ArrayRef<OpEntry> onnx_import::getIndexOps() {
  static constexpr OpEntry entries[] = {{"Gather", 1, importGather},
                                        {"GatherND", 11, importGatherND}};
  return entries;
}

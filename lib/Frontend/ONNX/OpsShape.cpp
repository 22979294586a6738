//===- OpsShape.cpp - the same elements, elsewhere ------------------------===//

#include "OpTable.h"
#include "ShapeRules.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using Value = mlir::Value;

/// Reshapes to what a rule gives, or fails with its error.
static void setReshaped(Node &node, Value x, llvm::Expected<Shape> shape) {
  if (!shape)
    return node.e.fail(toString(shape.takeError()));
  node.setResult(node.e.reshape(x, *shape));
}

static void importReshape(Node &node) {
  Value x = node.operand(0);
  auto shape = node.integers(1, "the shape");
  if (x && shape)
    setReshaped(node, x,
                resolveReshape(getShape(x), *shape,
                               node.attributes.integer("allowzero", 0) != 0));
}

static void importFlatten(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  int64_t rank = getShape(x).size(), axis = node.attributes.integer("axis", 1);
  axis = axis == rank ? rank : node.toDim(axis, rank);
  Shape shape = {1, 1};
  for (auto [dim, size] : llvm::enumerate(getShape(x)))
    shape[static_cast<int64_t>(dim) < axis ? 0 : 1] *= size;
  node.setResult(node.e.reshape(x, shape));
}

static void importSqueeze(Node &node) {
  Value x = node.operand(0);
  auto axes = node.axes("axes", 1);
  if (x)
    setReshaped(node, x, squeezeShape(getShape(x), axes));
}

static void importUnsqueeze(Node &node) {
  Value x = node.operand(0);
  auto axes = node.axes("axes", 1);
  if (x && axes)
    setReshaped(node, x, unsqueezeShape(getShape(x), *axes));
}

static void importTranspose(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  auto permutation = getPermutation(node.attributes, getShape(x).size());
  if (!permutation)
    return node.e.fail(toString(permutation.takeError()));
  node.setResult(node.e.transpose(x, *permutation));
}

/// Broadcasting goes both ways: a dim of 1 in the shape keeps the tensor's.
static void importExpand(Node &node) {
  Value x = node.operand(0);
  auto given = node.integers(1, "the shape");
  if (!x || !given)
    return;
  auto shape = broadcastShapes(getShape(x), *given);
  if (!shape)
    return node.e.fail(toString(shape.takeError()));
  node.setResult(node.e.broadcast(x, *shape));
}

static void importConcat(Node &node) {
  SmallVector<Value> operands;
  for (int i = 0; i < node.numOperands(); ++i)
    operands.push_back(node.operand(i));
  if (operands.empty() || llvm::is_contained(operands, Value()))
    return;
  int64_t dim = node.dim("axis", 0, getShape(operands[0]).size());
  node.setResult(node.e.make<ConcatOp>(operands, {node.e.integer("dim", dim)}));
}

static void importSplit(Node &node) {
  Value x = node.operand(0);
  if (!x || getShape(x).empty())
    return;
  int64_t dim = node.dim("axis", 0, getShape(x).size()), start = 0;
  auto sizes =
      resolveSplit(getShape(x)[dim], node.axes("split", 1), node.numResults());
  if (!sizes)
    return node.e.fail(toString(sizes.takeError()));
  for (auto [index, size] : llvm::enumerate(*sizes)) {
    node.setResult(node.e.slice(x, dim, start, size), index);
    start += size;
  }
}

static std::optional<SliceArguments> getSliceArguments(Node &node) {
  SliceArguments arguments;
  std::optional<Shape> *fields[] = {&arguments.starts, &arguments.ends,
                                    &arguments.axes, &arguments.steps};
  static constexpr StringLiteral names[] = {"starts", "ends", "axes", "steps"};
  for (auto [i, field] : llvm::enumerate(fields))
    if (i < 2 || node.has(i + 1))
      *field = node.integers(i + 1, names[i]);
  if (node.e.hasProblem())
    return std::nullopt;
  return arguments;
}

static void importSlice(Node &node) {
  Value x = node.operand(0);
  auto arguments = getSliceArguments(node);
  if (!x || !arguments)
    return;
  auto ranges = resolveSlice(getShape(x), *arguments);
  if (!ranges)
    return node.e.fail(toString(ranges.takeError()));
  for (auto [dim, range] : llvm::enumerate(*ranges)) {
    if (range.step != 1 && range.size != 1)
      return node.e.fail("steps other than 1 are not supported");
    x = node.e.slice(x, dim, range.begin, range.size);
  }
  node.setResult(x);
}

llvm::ArrayRef<OpEntry> onnx_import::getShapeOps() {
  static constexpr OpEntry entries[] = {
      {"Reshape", 5, importReshape},     {"Flatten", 1, importFlatten},
      {"Squeeze", 1, importSqueeze},     {"Unsqueeze", 1, importUnsqueeze},
      {"Transpose", 1, importTranspose}, {"Expand", 8, importExpand},
      {"Concat", 4, importConcat},       {"Split", 2, importSplit},
      {"Slice", 10, importSlice},
  };
  return entries;
}

//===- FoldShape.cpp - constants under other shapes -----------------------===//

#include "Fold.h"
#include "ShapeRules.h"

using namespace mpc;
using namespace mpc::onnx_import;

static FoldResult withShape(const Constant &x, const Shape &shape) {
  auto count = data::elementCount(shape);
  if (!count)
    return count.takeError();
  if (*count != x.count())
    return llvm::createStringError("shape " + data::shapeText(x.shape) +
                                   " cannot become " + data::shapeText(shape));
  Constant result = x;
  result.shape = shape;
  return single(std::move(result));
}

static FoldResult foldReshape(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto given = node.integers("shape", 1);
  if (!given)
    return given.takeError();
  auto shape = resolveReshape(x.shape, **given,
                              node.attributes.integer("allowzero", 0) != 0);
  return shape ? withShape(x, *shape) : FoldResult(shape.takeError());
}

static FoldResult foldSqueeze(FoldedNode &node) {
  auto axes = node.integers("axes", 1);
  if (!axes)
    return axes.takeError();
  auto shape = squeezeShape(node.operand(0).shape, *axes);
  return shape ? withShape(node.operand(0), *shape)
               : FoldResult(shape.takeError());
}

static FoldResult foldUnsqueeze(FoldedNode &node) {
  auto axes = node.integers("axes", 1);
  if (!axes)
    return axes.takeError();
  auto shape = unsqueezeShape(node.operand(0).shape, axes->value_or(Shape()));
  return shape ? withShape(node.operand(0), *shape)
               : FoldResult(shape.takeError());
}

static FoldResult foldIdentity(FoldedNode &node) {
  return single(node.operand(0));
}

static FoldResult foldTranspose(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto permutation = getPermutation(node.attributes, x.shape.size());
  if (!permutation)
    return permutation.takeError();
  Shape own = getStrides(x.shape), steps, shape;
  for (int64_t dim : *permutation) {
    shape.push_back(x.shape[dim]);
    steps.push_back(own[dim]);
  }
  auto result = node.allocate(x.type, shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < x.count(); ++i)
    result->set(i, x, getOffset(i, shape, steps));
  return single(std::move(result));
}

static FoldResult foldExpand(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto given = node.integers("shape", 1);
  if (!given)
    return given.takeError();
  auto shape = broadcastShapes(x.shape, **given);
  if (!shape)
    return shape.takeError();
  auto result = node.allocate(x.type, *shape);
  if (!result)
    return result.takeError();
  Shape steps = getBroadcastStrides(x.shape, *shape);
  for (int64_t i = 0; i < result->count(); ++i)
    result->set(i, x, getOffset(i, *shape, steps));
  return single(std::move(result));
}

static FoldResult foldTile(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto repeats = node.integers("repeats", 1);
  if (!repeats)
    return repeats.takeError();
  if ((*repeats)->size() != x.shape.size())
    return llvm::createStringError("repeats must have a number for each axis");
  Shape shape = x.shape, own = getStrides(x.shape);
  for (auto [size, times] : llvm::zip_equal(shape, **repeats))
    if (times < 0 || llvm::MulOverflow(size, times, size))
      return llvm::createStringError("repeats are out of range");
  auto result = node.allocate(x.type, shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < result->count(); ++i) {
    int64_t from = 0, rest = i;
    for (size_t dim = shape.size(); dim-- > 0; rest /= shape[dim])
      from += rest % shape[dim] % x.shape[dim] * own[dim];
    result->set(i, x, from);
  }
  return single(std::move(result));
}

/// Are type and shape those of `first`, but for dim `dim`?
static bool fitsBut(const Constant &part, const Constant &first, size_t dim) {
  if (part.shape.size() != first.shape.size() || part.type != first.type)
    return false;
  Shape shape = part.shape;
  shape[dim] = first.shape[dim];
  return shape == first.shape;
}

static FoldResult foldConcat(FoldedNode &node) {
  const Constant &first = node.operand(0);
  auto dim = node.dim("axis", 0, first.shape.size());
  if (!dim)
    return dim.takeError();
  Shape shape = first.shape;
  shape[*dim] = 0;
  for (size_t i = 0; i < node.numOperands(); ++i) {
    if (!node.has(i) || !fitsBut(node.operand(i), first, *dim))
      return llvm::createStringError("operand " + llvm::Twine(i) +
                                     " does not fit the first");
    shape[*dim] += node.operand(i).shape[*dim];
  }
  auto result = node.allocate(first.type, shape);
  if (!result)
    return result.takeError();
  Shape steps = getStrides(shape);
  int64_t start = 0;
  for (size_t i = 0; i < node.numOperands(); ++i) {
    const Constant &part = node.operand(i);
    for (int64_t j = 0; j < part.count(); ++j)
      result->set(start * steps[*dim] + getOffset(j, part.shape, steps), part,
                  j);
    start += part.shape[*dim];
  }
  return single(std::move(result));
}

/// Elements begin, begin + step, ... of each dim.
static llvm::Expected<Constant> takeRange(FoldedNode &node, const Constant &x,
                                          llvm::ArrayRef<SliceRange> ranges) {
  Shape own = getStrides(x.shape), steps, shape;
  int64_t start = 0;
  for (auto [range, stride] : llvm::zip_equal(ranges, own)) {
    shape.push_back(range.size);
    steps.push_back(stride * range.step);
    start += range.size > 0 ? stride * range.begin : 0;
  }
  auto result = node.allocate(x.type, shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < result->count(); ++i)
    result->set(i, x, start + getOffset(i, shape, steps));
  return result;
}

static FoldResult foldSlice(FoldedNode &node) {
  const Constant &x = node.operand(0);
  SliceArguments arguments;
  std::optional<Shape> *fields[] = {&arguments.starts, &arguments.ends,
                                    &arguments.axes, &arguments.steps};
  for (auto [i, field] : llvm::enumerate(fields)) {
    auto values = node.integers("a bound", i + 1);
    if (!values)
      return values.takeError();
    *field = *values;
  }
  auto ranges = resolveSlice(x.shape, arguments);
  return ranges ? single(takeRange(node, x, *ranges))
                : FoldResult(ranges.takeError());
}

static FoldResult foldSplit(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto dim = node.dim("axis", 0, x.shape.size());
  if (!dim)
    return dim.takeError();
  auto given = node.integers("split", 1);
  if (!given)
    return given.takeError();
  auto sizes = resolveSplit(x.shape[*dim], *given, node.numResults());
  if (!sizes)
    return sizes.takeError();
  llvm::SmallVector<SliceRange> ranges;
  for (int64_t size : x.shape)
    ranges.push_back({0, size, 1});
  std::vector<Constant> results;
  for (int64_t size : *sizes) {
    ranges[*dim].size = size;
    auto part = takeRange(node, x, ranges);
    if (!part)
      return part.takeError();
    results.push_back(std::move(*part));
    ranges[*dim].begin += size;
  }
  return results;
}

llvm::ArrayRef<FoldEntry> onnx_import::getShapeFolds() {
  static const FoldEntry entries[] = {
      {"Reshape", 2, foldReshape},     {"Squeeze", 1, foldSqueeze},
      {"Unsqueeze", 2, foldUnsqueeze}, {"Identity", 1, foldIdentity},
      {"Transpose", 1, foldTranspose}, {"Expand", 2, foldExpand},
      {"Tile", 2, foldTile},           {"Concat", 1, foldConcat},
      {"Slice", 3, foldSlice},         {"Split", 1, foldSplit},
  };
  return entries;
}

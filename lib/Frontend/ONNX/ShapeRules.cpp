//===- ShapeRules.cpp - ONNX's rules for shapes ---------------------------===//

#include "ShapeRules.h"
#include "llvm/Support/MathExtras.h"

using namespace mpc;
using namespace mpc::onnx_import;

llvm::Expected<Shape> onnx_import::resolveReshape(Dims from, Dims to,
                                                  bool allowZero) {
  Shape shape(to.begin(), to.end());
  auto count = data::elementCount(from);
  if (!count)
    return count.takeError();
  int64_t known = 1, *open = nullptr;
  for (auto [i, size] : llvm::enumerate(shape)) {
    if (size == 0 && !allowZero && i < from.size())
      size = from[i];
    if (size == -1 && !open) {
      open = &size;
      continue;
    }
    if (size < 0 || llvm::MulOverflow(known, size, known))
      return llvm::createStringError("shape " + data::shapeText(to) +
                                     " is none to reshape to");
  }
  if (open)
    *open = known > 0 ? *count / known : 0;
  auto reached = data::elementCount(shape);
  if (!reached)
    return reached.takeError();
  if (*reached != *count)
    return llvm::createStringError("shape " + data::shapeText(from) +
                                   " cannot become " + data::shapeText(to));
  return shape;
}

/// Flags for the axes, which are different and exist.
static llvm::Expected<llvm::BitVector> markAxes(Dims axes, size_t rank) {
  llvm::BitVector marked(rank);
  int64_t size = static_cast<int64_t>(rank);
  for (int64_t axis : axes) {
    if (axis < -size || axis >= size)
      return llvm::createStringError("there is no axis " + llvm::Twine(axis) +
                                     " in a tensor of rank " +
                                     llvm::Twine(size));
    size_t dim = axis < 0 ? axis + size : axis;
    if (marked[dim])
      return llvm::createStringError("axis " + llvm::Twine(axis) +
                                     " is named twice");
    marked.set(dim);
  }
  return marked;
}

llvm::Expected<Shape>
onnx_import::squeezeShape(Dims shape, const std::optional<Shape> &axes) {
  auto marked = markAxes(axes ? Dims(*axes) : Dims(), shape.size());
  if (!marked)
    return marked.takeError();
  Shape result;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    bool goes = axes ? (*marked)[dim] : size == 1;
    if (goes && size != 1)
      return llvm::createStringError("axis " + llvm::Twine(dim) + " of shape " +
                                     data::shapeText(shape) +
                                     " is not of size 1");
    if (!goes)
      result.push_back(size);
  }
  return result;
}

llvm::Expected<Shape> onnx_import::unsqueezeShape(Dims shape, Dims axes) {
  auto marked = markAxes(axes, shape.size() + axes.size());
  if (!marked)
    return marked.takeError();
  Shape result;
  for (size_t dim = 0; dim < marked->size(); ++dim)
    if ((*marked)[dim]) {
      result.push_back(1);
    } else {
      result.push_back(shape.front());
      shape = shape.drop_front();
    }
  return result;
}

llvm::Expected<Shape> onnx_import::getPermutation(const Attributes &attributes,
                                                  size_t rank) {
  auto reversed = llvm::reverse(llvm::seq<int64_t>(rank));
  Shape permutation = attributes.integers("perm").value_or(
      Shape(reversed.begin(), reversed.end()));
  auto marked = markAxes(permutation, rank);
  if (!marked)
    return marked.takeError();
  if (permutation.size() != rank ||
      llvm::any_of(permutation, [](int64_t dim) { return dim < 0; }))
    return llvm::createStringError(data::shapeText(permutation) +
                                   " is no permutation of a tensor of rank " +
                                   llvm::Twine(rank));
  return permutation;
}

//===----------------------------------------------------------------------===//
// Slices
//===----------------------------------------------------------------------===//

/// Bounds below 0 count from the end, and bounds outside are moved inside.
static SliceRange resolveRange(int64_t size, int64_t begin, int64_t end,
                               int64_t step) {
  int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  auto clamp = [&](int64_t bound) {
    return std::clamp(bound < 0 ? bound + size : bound, low, high);
  };
  begin = clamp(begin);
  end = clamp(end);
  int64_t length = step > 0 ? end - begin : begin - end;
  // A step beyond the dim takes one element; so its magnitude is safe.
  int64_t width = std::min<uint64_t>(
      step > 0 ? step : -static_cast<uint64_t>(step), size + 1);
  int64_t count = length > 0 ? (length - 1) / width + 1 : 0;
  return {begin, count, step > 0 ? width : -width};
}

llvm::Expected<llvm::SmallVector<SliceRange>>
onnx_import::resolveSlice(Dims shape, const SliceArguments &arguments) {
  const Shape starts = arguments.starts.value_or(Shape());
  const Shape ends = arguments.ends.value_or(Shape());
  auto all = llvm::seq<int64_t>(starts.size());
  Shape axes = arguments.axes.value_or(Shape(all.begin(), all.end()));
  Shape steps = arguments.steps.value_or(Shape(starts.size(), 1));
  if (ends.size() != starts.size() || axes.size() != starts.size() ||
      steps.size() != starts.size())
    return llvm::createStringError(
        "starts, ends, axes and steps have different lengths");
  if (auto marked = markAxes(axes, shape.size()); !marked)
    return marked.takeError();
  llvm::SmallVector<SliceRange> ranges;
  for (int64_t size : shape)
    ranges.push_back({0, size, 1});
  for (auto [axis, begin, end, step] : llvm::zip(axes, starts, ends, steps)) {
    if (step == 0)
      return llvm::createStringError("a step of 0");
    size_t dim = axis < 0 ? axis + shape.size() : axis;
    ranges[dim] = resolveRange(shape[dim], begin, end, step);
  }
  return ranges;
}

llvm::Expected<Shape>
onnx_import::resolveSplit(int64_t size, const std::optional<Shape> &given,
                          size_t parts) {
  Shape sizes = given.value_or(Shape());
  if (!given && parts > 0) {
    int64_t part = (size - 1) / static_cast<int64_t>(parts) + 1, rest = size;
    for (size_t i = 0; i < parts; ++i, rest -= sizes.back())
      sizes.push_back(std::min(part, rest));
  }
  int64_t sum = 0;
  for (int64_t part : sizes)
    if (part < 0 || llvm::AddOverflow(sum, part, sum))
      return llvm::createStringError("a part of size " + llvm::Twine(part));
  if (sum != size || sizes.size() != parts)
    return llvm::createStringError(
        "parts " + data::shapeText(sizes) + " for " + llvm::Twine(parts) +
        " outputs of a dim of size " + llvm::Twine(size));
  return sizes;
}

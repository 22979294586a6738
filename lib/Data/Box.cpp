#include "mpc/Data/Box.h"
#include "Errors.h"
#include "mpc/Data/ElementType.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

using namespace mpc::data;

Box Box::whole(llvm::ArrayRef<int64_t> shape) {
  return {Shape(shape.size(), 0), Shape(shape.begin(), shape.end())};
}

int64_t Box::count() const {
  if (llvm::is_contained(size, 0)) // other extents may be as large as 2^63
    return 0;
  int64_t count = 1;
  for (int64_t extent : size)
    count *= extent;
  return count;
}

llvm::Error mpc::data::checkWithin(const Box &box,
                                   llvm::ArrayRef<int64_t> shape) {
  if (box.begin.size() != shape.size() || box.size.size() != shape.size())
    return fail("a box of rank " + llvm::Twine(box.size.size()) +
                " in an array of shape " + shapeText(shape));
  for (size_t d = 0; d < shape.size(); ++d) {
    bool inside = box.begin[d] >= 0 && box.size[d] >= 0 &&
                  box.begin[d] <= shape[d] &&
                  box.size[d] <= shape[d] - box.begin[d];
    if (!inside)
      return fail("box " + shapeText(box.begin) + " + " + shapeText(box.size) +
                  " leaves shape " + shapeText(shape) + " in dim " +
                  llvm::Twine(d));
  }
  return llvm::Error::success();
}

std::optional<Box> mpc::data::intersect(const Box &a, const Box &b) {
  Box common = a;
  for (size_t d = 0; d < a.begin.size(); ++d) {
    int64_t begin = std::max(a.begin[d], b.begin[d]);
    int64_t end = std::min(a.begin[d] + a.size[d], b.begin[d] + b.size[d]);
    if (begin >= end)
      return std::nullopt;
    common.begin[d] = begin;
    common.size[d] = end - begin;
  }
  return common;
}

/// The outermost dim whose inner dims the box takes whole: from there on the
/// box is contiguous.
static size_t runDim(const Box &box, llvm::ArrayRef<int64_t> shape) {
  size_t dim = shape.size();
  while (dim > 0) {
    --dim;
    if (box.size[dim] != shape[dim])
      break;
  }
  return dim;
}

static Shape rowMajorStrides(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (size_t d = shape.size(); d-- > 1;)
    strides[d - 1] = strides[d] * shape[d];
  return strides;
}

llvm::Error mpc::data::forEachRun(
    const Box &box, llvm::ArrayRef<int64_t> shape,
    llvm::function_ref<llvm::Error(int64_t, int64_t, int64_t)> visit) {
  if (llvm::Error error = checkWithin(box, shape))
    return error;
  int64_t total = box.count();
  if (total == 0)
    return llvm::Error::success();
  size_t split = runDim(box, shape);
  Shape strides = rowMajorStrides(shape);
  int64_t run = 1, arrayIndex = 0;
  for (size_t d = 0; d < shape.size(); ++d) {
    arrayIndex += box.begin[d] * strides[d];
    run *= d >= split ? box.size[d] : 1;
  }
  Shape position(split, 0);
  for (int64_t boxIndex = 0; boxIndex < total; boxIndex += run) {
    if (llvm::Error error = visit(arrayIndex, boxIndex, run))
      return error;
    for (size_t d = split; d-- > 0;) {
      arrayIndex += strides[d];
      if (++position[d] < box.size[d])
        break;
      arrayIndex -= strides[d] * box.size[d];
      position[d] = 0;
    }
  }
  return llvm::Error::success();
}

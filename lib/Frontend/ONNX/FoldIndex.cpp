//===- FoldIndex.cpp - constants by index, and where constants come from --===//

#include "Fold.h"
#include "ShapeRules.h"
#include <cmath>

using namespace mpc;
using namespace mpc::onnx_import;
using data::ElementType;

static llvm::Error outside(int64_t index, int64_t size) {
  return llvm::createStringError("index " + llvm::Twine(index) +
                                 " is outside a dim of size " +
                                 llvm::Twine(size));
}

/// Indices below 0 count from the end.
static llvm::Expected<int64_t> resolveIndex(int64_t index, int64_t size) {
  if (index < -size || index >= size)
    return outside(index, size);
  return index < 0 ? index + size : index;
}

//===----------------------------------------------------------------------===//
// By index
//===----------------------------------------------------------------------===//

static FoldResult foldGather(FoldedNode &node) {
  const Constant &x = node.operand(0), &indices = node.operand(1);
  auto dim = node.dim("axis", 0, x.shape.size());
  if (!dim)
    return dim.takeError();
  if (indices.isFloat())
    return llvm::createStringError("indices must be integers");
  Shape shape(x.shape.begin(), x.shape.begin() + *dim);
  shape.append(indices.shape.begin(), indices.shape.end());
  shape.append(x.shape.begin() + *dim + 1, x.shape.end());
  auto result = node.allocate(x.type, shape);
  if (!result)
    return result.takeError();
  int64_t inner = getStrides(x.shape)[*dim], size = x.shape[*dim];
  int64_t chosen = indices.count();
  for (int64_t i = 0; i < result->count(); ++i) {
    auto index = resolveIndex(indices.integers[i / inner % chosen], size);
    if (!index)
      return index.takeError();
    int64_t outer = i / inner / chosen;
    result->set(i, x, (outer * size + *index) * inner + i % inner);
  }
  return single(std::move(result));
}

/// The element at the same place, but for one dim, in which the index says.
static FoldResult foldGatherElements(FoldedNode &node) {
  const Constant &x = node.operand(0), &indices = node.operand(1);
  auto dim = node.dim("axis", 0, x.shape.size());
  if (!dim)
    return dim.takeError();
  bool fits = !indices.isFloat() && indices.shape.size() == x.shape.size();
  for (size_t i = 0; fits && i < x.shape.size(); ++i)
    fits = i == *dim || indices.shape[i] <= x.shape[i];
  if (!fits)
    return llvm::createStringError("indices do not lie in the data");
  auto result = node.allocate(x.type, indices.shape);
  if (!result)
    return result.takeError();
  Shape strides = getStrides(x.shape), others = strides;
  others[*dim] = 0;
  for (int64_t i = 0; i < result->count(); ++i) {
    auto index = resolveIndex(indices.integers[i], x.shape[*dim]);
    if (!index)
      return index.takeError();
    result->set(i, x,
                getOffset(i, indices.shape, others) + *index * strides[*dim]);
  }
  return single(std::move(result));
}

/// indices [I..., k] into x [k dims..., rest...]: [I..., rest...].
static FoldResult foldGatherND(FoldedNode &node) {
  const Constant &x = node.operand(0), &indices = node.operand(1);
  if (indices.isFloat() || indices.shape.empty() ||
      indices.shape.back() > static_cast<int64_t>(x.shape.size()) ||
      node.attributes.integer("batch_dims", 0) != 0)
    return llvm::createStringError(
        "indices [..., k] must be integers, k at most the rank, and batch_dims "
        "0");
  int64_t depth = indices.shape.back();
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.append(x.shape.begin() + depth, x.shape.end());
  auto result = node.allocate(x.type, shape);
  if (!result)
    return result.takeError();
  Shape strides = getStrides(x.shape);
  auto inner = data::elementCount(Dims(x.shape).drop_front(depth));
  if (!inner)
    return inner.takeError();
  for (int64_t i = 0; i < result->count(); ++i) {
    int64_t from = i % *inner;
    for (int64_t dim = 0; dim < depth; ++dim) {
      auto index = resolveIndex(indices.integers[i / *inner * depth + dim],
                                x.shape[dim]);
      if (!index)
        return index.takeError();
      from += *index * strides[dim];
    }
    result->set(i, x, from);
  }
  return single(std::move(result));
}

static FoldResult foldTrilu(FoldedNode &node) {
  Constant x = node.operand(0);
  int64_t shift = 0;
  if (node.has(1) && node.operand(1).count() == 1 && !node.operand(1).isFloat())
    shift =
        std::clamp<int64_t>(node.operand(1).integers[0], INT32_MIN, INT32_MAX);
  if (x.shape.size() < 2)
    return llvm::createStringError("it needs at least two dimensions");
  if (llvm::Error error = node.spend(x.count()))
    return error;
  bool upper = node.attributes.integer("upper", 1) != 0;
  int64_t columns = x.shape.back(), rows = x.shape.end()[-2];
  for (int64_t i = 0; i < x.count(); ++i) {
    int64_t distance = i % columns - i / columns % rows - shift;
    if (upper ? distance < 0 : distance > 0)
      x.store(i, int64_t(0));
  }
  return single(std::move(x));
}

static FoldResult foldCumSum(FoldedNode &node) {
  Constant x = node.operand(0);
  const Constant &axis = node.operand(1);
  if (axis.isFloat() || axis.count() != 1 ||
      node.attributes.integer("exclusive", 0) ||
      node.attributes.integer("reverse", 0))
    return llvm::createStringError(
        "the axis must be one integer; exclusive and reverse must be 0");
  auto dim = node.toDim(axis.integers[0], x.shape.size());
  if (!dim)
    return dim.takeError();
  if (llvm::Error error = node.spend(x.count()))
    return error;
  int64_t stride = getStrides(x.shape)[*dim], size = x.shape[*dim];
  for (int64_t i = 0; i < x.count(); ++i)
    if (i / stride % size > 0) {
      if (x.isFloat())
        x.store(i, x.reals[i] + x.reals[i - stride]);
      else
        x.store(i, static_cast<int64_t>(
                       static_cast<uint64_t>(x.integers[i]) +
                       static_cast<uint64_t>(x.integers[i - stride])));
    }
  return single(std::move(x));
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

static FoldResult foldConstant(FoldedNode &node) {
  if (const auto *value = node.attributes.find("value"))
    return single(node.read(value->t()));
  if (const auto *value = node.attributes.find("value_int"))
    return single(Constant{ElementType::I64, {}, {}, {value->i()}});
  if (const auto *value = node.attributes.find("value_float"))
    return single(Constant{ElementType::F32, {}, {value->f()}, {}});
  if (auto values = node.attributes.integers("value_ints"))
    return single(Constant::of(*values));
  if (const auto *values = node.attributes.find("value_floats")) {
    Constant result{ElementType::F32, {values->floats_size()}, {}, {}};
    result.reals.assign(values->floats().begin(), values->floats().end());
    return single(std::move(result));
  }
  return llvm::createStringError("it has no value that mpc can use");
}

static FoldResult foldConstantOfShape(FoldedNode &node) {
  auto shape = node.integers("shape", 0);
  if (!shape)
    return shape.takeError();
  Constant value{ElementType::F32, {}, {0}, {}};
  if (const auto *given = node.attributes.find("value")) {
    auto read = node.read(given->t());
    if (!read)
      return read.takeError();
    value = std::move(*read);
  }
  if (value.count() != 1)
    return llvm::createStringError("its value must have one element");
  auto result = node.allocate(value.type, **shape);
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < result->count(); ++i)
    result->set(i, value, 0);
  return single(std::move(result));
}

static FoldResult foldRange(FoldedNode &node) {
  const Constant &start = node.operand(0), &delta = node.operand(2);
  for (size_t i = 0; i < 3; ++i)
    if (node.operand(i).count() != 1 ||
        node.operand(i).isFloat() != start.isFloat())
      return llvm::createStringError(
          "start, limit and delta must be numbers of one type");
  double span = node.operand(1).real(0) - start.real(0);
  double length = std::ceil(span / delta.real(0));
  if (!(std::abs(length) < 0x1p53)) // also a delta of 0
    return llvm::createStringError("it has no end");
  int64_t size = std::max<int64_t>(static_cast<int64_t>(length), 0);
  auto result = node.allocate(start.type, {size});
  if (!result)
    return result.takeError();
  for (int64_t i = 0; i < size; ++i)
    if (start.isFloat())
      result->store(i,
                    start.reals[0] + static_cast<double>(i) * delta.reals[0]);
    else
      result->store(i, static_cast<int64_t>(
                           static_cast<uint64_t>(start.integers[0]) +
                           static_cast<uint64_t>(i) *
                               static_cast<uint64_t>(delta.integers[0])));
  return single(std::move(result));
}

llvm::ArrayRef<FoldEntry> onnx_import::getIndexFolds() {
  static const FoldEntry entries[] = {
      {"Gather", 2, foldGather},
      {"GatherND", 2, foldGatherND},
      {"GatherElements", 2, foldGatherElements},
      {"Trilu", 1, foldTrilu},
      {"CumSum", 2, foldCumSum},
  };
  return entries;
}

llvm::ArrayRef<FoldEntry> onnx_import::getSourceFolds() {
  static const FoldEntry entries[] = {
      {"Constant", 0, foldConstant},
      {"ConstantOfShape", 1, foldConstantOfShape},
      {"Range", 3, foldRange},
  };
  return entries;
}

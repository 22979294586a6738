//===- FoldReduce.cpp - products and reductions of constants --------------===//

#include "Fold.h"

using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;

static FoldResult foldMatMul(FoldedNode &node) {
  const Constant &a = node.operand(0), &b = node.operand(1);
  if (a.shape.size() < 2 || b.shape.size() < 2 || !a.isFloat() || !b.isFloat())
    return llvm::createStringError(
        "a product of constants needs floats of at least two dimensions");
  int64_t rows = a.shape.end()[-2], inner = a.shape.end()[-1];
  int64_t columns = b.shape.end()[-1];
  if (b.shape.end()[-2] != inner)
    return llvm::createStringError("inner sizes differ: " + llvm::Twine(inner) +
                                   " and " + llvm::Twine(b.shape.end()[-2]));
  llvm::ArrayRef<int64_t> aBatch = llvm::ArrayRef(a.shape).drop_back(2);
  llvm::ArrayRef<int64_t> bBatch = llvm::ArrayRef(b.shape).drop_back(2);
  auto shape = broadcastShapes(aBatch, bBatch);
  if (!shape)
    return shape.takeError();
  const Shape batch = *shape;
  shape->append({rows, columns});
  auto result = node.allocate(a.type, *shape);
  if (!result)
    return result.takeError();
  if (inner > 0 && result->count() > INT64_MAX / inner)
    return llvm::createStringError("the product is too large");
  if (llvm::Error error = node.spend(result->count() * inner))
    return error;
  Shape aSteps = getBroadcastStrides(aBatch, batch);
  Shape bSteps = getBroadcastStrides(bBatch, batch);
  for (int64_t i = 0; i < result->count(); ++i) {
    int64_t column = i % columns, row = i / columns % rows;
    int64_t sample = i / columns / rows;
    int64_t left = (getOffset(sample, batch, aSteps) * rows + row) * inner;
    int64_t right = getOffset(sample, batch, bSteps) * inner * columns + column;
    double sum = 0;
    for (int64_t k = 0; k < inner; ++k)
      sum += a.reals[left + k] * b.reals[right + k * columns];
    result->store(i, sum);
  }
  return single(std::move(result));
}

/// The dims that a reduction takes away; all where none are named.
static llvm::Expected<llvm::SmallVector<bool>> getReduced(FoldedNode &node) {
  size_t rank = node.operand(0).shape.size();
  auto axes = node.integers("axes", 1);
  if (!axes)
    return axes.takeError();
  bool hasAxes = *axes && !(*axes)->empty();
  bool none = !hasAxes && node.attributes.integer("noop_with_empty_axes", 0);
  llvm::SmallVector<bool> reduced(rank, !hasAxes && !none);
  if (hasAxes)
    for (int64_t axis : **axes) {
      auto dim = node.toDim(axis, rank);
      if (!dim)
        return dim.takeError();
      reduced[*dim] = true;
    }
  return reduced;
}

template <auto onReals, auto onIntegers, bool isMean = false>
static FoldResult reduction(FoldedNode &node) {
  const Constant &x = node.operand(0);
  auto reduced = getReduced(node);
  if (!reduced)
    return reduced.takeError();
  Shape kept, shape;
  for (auto [size, isReduced] : llvm::zip_equal(x.shape, *reduced)) {
    kept.push_back(isReduced ? 1 : size);
    if (!isReduced || node.attributes.integer("keepdims", 1))
      shape.push_back(kept.back());
  }
  auto result = node.allocate(x.type, kept);
  if (!result)
    return result.takeError();
  if (llvm::Error error = node.spend(x.count()))
    return error;
  if (x.count() == 0)
    return llvm::createStringError("a reduction of nothing");
  Shape steps = getBroadcastStrides(kept, x.shape);
  llvm::BitVector isSet(result->count());
  for (int64_t i = 0; i < x.count(); ++i) {
    int64_t to = getOffset(i, x.shape, steps);
    if (!isSet[to])
      result->set(to, x, i);
    else if (x.isFloat())
      result->reals[to] = onReals(result->reals[to], x.reals[i]);
    else
      result->integers[to] = onIntegers(result->integers[to], x.integers[i]);
    isSet[to] = true;
  }
  int64_t group = isMean ? x.count() / result->count() : 1;
  for (int64_t i = 0; i < result->count(); ++i)
    if (x.isFloat())
      result->store(i, result->reals[i] / static_cast<double>(group));
    else
      result->store(i, result->integers[i] / group);
  result->shape = shape;
  return single(std::move(result));
}

static constexpr auto addReals = [](double a, double b) { return a + b; };
static constexpr auto multiplyReals = [](double a, double b) { return a * b; };
// Integers wrap around, as they do in ONNX's implementations.
static constexpr auto addIntegers = [](int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) +
                              static_cast<uint64_t>(b));
};
static constexpr auto multiplyIntegers = [](int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) *
                              static_cast<uint64_t>(b));
};
static constexpr auto takeLarger = [](auto a, auto b) { return a < b ? b : a; };
static constexpr auto takeSmaller = [](auto a, auto b) {
  return b < a ? b : a;
};

llvm::ArrayRef<FoldEntry> onnx_import::getReduceFolds() {
  static const FoldEntry entries[] = {
      {"MatMul", 2, foldMatMul},
      {"ReduceSum", 1, reduction<addReals, addIntegers>},
      {"ReduceMean", 1, reduction<addReals, addIntegers, true>},
      {"ReduceProd", 1, reduction<multiplyReals, multiplyIntegers>},
      {"ReduceMax", 1, reduction<takeLarger, takeLarger>},
      {"ReduceMin", 1, reduction<takeSmaller, takeSmaller>},
  };
  return entries;
}

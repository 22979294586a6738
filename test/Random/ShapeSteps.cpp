//===- ShapeSteps.cpp - the same elements, elsewhere ----------------------===//

#include "Steps.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
using Value = mlir::Value;

static SmallVector<int64_t> toVector(ArrayRef<int64_t> shape) {
  return SmallVector<int64_t>(shape);
}

/// [b, 12] -> [b, 3, 4].
static Value splitDim(Network &net, Random &random) {
  Value x = net.pick(random);
  SmallVector<int64_t> shape = toVector(getShape(x));
  size_t dim = random.between(1, shape.size() - 1);
  SmallVector<int64_t> divisors;
  for (int64_t d = 2; d < shape[dim]; ++d)
    if (shape[dim] % d == 0)
      divisors.push_back(d);
  if (divisors.empty() || shape.size() >= 4)
    return {};
  int64_t outer = random.pick<int64_t>(divisors);
  shape[dim] /= outer;
  shape.insert(shape.begin() + dim, outer);
  return net.m.reshape(x, shape);
}

/// [b, 3, 4] -> [b, 12].
static Value mergeDims(Network &net, Random &random) {
  Value x = net.pick(random);
  SmallVector<int64_t> shape = toVector(getShape(x));
  if (shape.size() < 3)
    return {};
  size_t dim = random.between(1, shape.size() - 2);
  shape[dim] *= shape[dim + 1];
  shape.erase(shape.begin() + dim + 1);
  return net.m.reshape(x, shape);
}

/// A dense layer over [b s, k] rows, as many networks are written.
static Value asRows(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  SmallVector<int64_t> shape = toVector(getShape(x));
  int64_t units = random.between(2, 9);
  Value rows = net.m.reshape(x, {shape[0] * shape[1], shape[2]});
  Value weight =
      net.weight(random, {shape[2], units}, 1 / std::sqrt(double(shape[2])));
  Value y = net.m.matmul(rows, weight);
  if (random.chance(60))
    y = net.m.add(y, net.weight(random, {units}, 0.5));
  return net.m.reshape(random.chance(50) ? net.m.relu(y) : y,
                       {shape[0], shape[1], units});
}

static Value permute(Network &net, Value x, ArrayRef<int64_t> permutation) {
  return net.m.apply<TransposeOp>({x}, {net.list("permutation", permutation)});
}

static Value transpose(Network &net, Random &random) {
  Value x = net.pick(random);
  SmallVector<int64_t> order;
  for (size_t dim = 0; dim < getShape(x).size(); ++dim)
    order.push_back(dim);
  for (size_t dim = order.size() - 1; dim > 1; --dim)
    std::swap(order[dim], order[random.between(1, dim)]);
  return permute(net, x, order);
}

/// Sequence first, as in older networks, and back.
static Value batchSecond(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  Value turned = permute(net, x, {1, 0, 2});
  int64_t width = getShape(x)[2];
  turned = net.m.mul(turned, net.weight(random, {width}, 0.5));
  if (random.chance(50))
    turned = net.m.softmax(turned, random.chance(50) ? 0 : 2);
  return permute(net, turned, {1, 0, 2});
}

static Value sliceOf(Network &net, Value x, int64_t dim, int64_t start,
                     int64_t size) {
  return net.m.apply<SliceOp>({x}, {net.integer("dim", dim),
                                    net.integer("start", start),
                                    net.integer("size", size)});
}

static Value slice(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t dim = random.between(1, getShape(x).size() - 1);
  int64_t size = random.between(1, getShape(x)[dim]);
  int64_t start = random.between(0, getShape(x)[dim] - size);
  return sliceOf(net, x, dim, start, size);
}

static Value concat(Network &net, ArrayRef<Value> parts, int64_t dim) {
  return net.m.apply<ConcatOp>(parts, {net.integer("dim", dim)});
}

/// The two halves in exchanged order, as rotary embeddings do.
static Value rotate(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t dim = random.between(1, getShape(x).size() - 1);
  int64_t size = getShape(x)[dim], cut = size / 2;
  if (cut == 0)
    return {};
  Value first = sliceOf(net, x, dim, 0, cut),
        second = sliceOf(net, x, dim, cut, size - cut);
  return concat(net, {net.m.apply<NegOp>({second}), first}, dim);
}

static Value append(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t dim = random.between(1, getShape(x).size() - 1);
  if (getTensorType(x).getNumElements() > 2000)
    return {};
  return concat(net, {x, random.chance(50) ? x : net.m.tanh(x)}, dim);
}

ArrayRef<Step> mpc::test::getShapeSteps() {
  static constexpr Step steps[] = {splitDim,    mergeDims, asRows, transpose,
                                   batchSecond, slice,     rotate, append};
  return steps;
}

//===- PointwiseSteps.cpp - arithmetic and reductions ---------------------===//

#include "Steps.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
using Value = mlir::Value;

template <typename OpT> static Value apply(Network &net, Value x) {
  return net.m.apply<OpT>({x});
}

static Value geluOf(Network &net, Value x, GeluForm form) {
  Attribute attribute =
      GeluFormAttr::get(net.m.getBuilder().getContext(), form);
  return net.m.apply<GeluOp>({x}, {net.named("form", attribute)});
}

/// x^2 + 1: what may stand under a root, a logarithm or a fraction.
static Value makePositive(Network &net, Value x) {
  return net.m.add(net.m.mul(x, x), net.m.scalar(1));
}

static Value unary(Network &net, Random &random) {
  Value x = net.pick(random);
  switch (random.below(14)) {
  case 0:
    return apply<NegOp>(net, x);
  case 1:
    return apply<ExpOp>(net, net.m.tanh(x));
  case 2:
    return apply<LogOp>(net, makePositive(net, x));
  case 3:
    return apply<SqrtOp>(net, makePositive(net, x));
  case 4:
    return apply<RsqrtOp>(net, makePositive(net, x));
  case 5:
    return net.m.tanh(x);
  case 6:
    return apply<ErfOp>(net, x);
  case 7:
    return apply<AbsOp>(net, x);
  case 8:
    return net.m.sigmoid(x);
  case 9:
    return net.m.silu(x);
  case 10:
    return net.m.relu(x);
  case 11:
    return apply<SoftplusOp>(net, x);
  case 12:
    return geluOf(net, x, GeluForm::Exact);
  default:
    return geluOf(net, x, GeluForm::Tanh);
  }
}

/// Another value that broadcasts against `x` to one of the two shapes.
static Value pickPartner(Network &net, Random &random, Value x) {
  SmallVector<Value> fitting;
  for (Value y : net.getPool())
    if (getShape(y).size() == getShape(x).size() &&
        llvm::all_of(llvm::zip(getShape(x), getShape(y)), [](auto sizes) {
          auto [a, b] = sizes;
          return a == b || a == 1 || b == 1;
        }))
      fitting.push_back(y);
  return random.pick<Value>(fitting);
}

static Value combine(Network &net, Random &random, Value x, Value y) {
  switch (random.below(7)) {
  case 0:
    return net.m.sub(x, y);
  case 1:
    return net.m.mul(x, net.m.tanh(y));
  case 2:
    return net.m.div(x, makePositive(net, y));
  case 3:
    return net.m.apply<MaximumOp>({x, y});
  case 4:
    return net.m.apply<MinimumOp>({x, y});
  case 5:
    return net.m.apply<PowOp>(
        {makePositive(net, net.m.tanh(x)), net.m.tanh(y)});
  default:
    return net.m.add(x, y);
  }
}

static Value binary(Network &net, Random &random) {
  Value x = net.pick(random);
  return combine(net, random, x, pickPartner(net, random, x));
}

static Value residual(Network &net, Random &random) {
  Value x = net.pick(random);
  return net.m.add(x, pickPartner(net, random, x));
}

/// A bias or a scale: a parameter of the last dimensions.
static Value withParameter(Network &net, Random &random) {
  Value x = net.pick(random);
  ArrayRef<int64_t> shape = getShape(x);
  size_t rank = random.between(1, std::min<size_t>(2, shape.size() - 1));
  SmallVector<int64_t> last(shape.take_back(rank));
  if (last.size() > 1 && random.chance(30))
    last[random.below(last.size())] = 1;
  return combine(net, random, x, net.weight(random, last, 0.5));
}

static Value choose(Network &net, Random &random) {
  Value x = net.pick(random), y = pickPartner(net, random, x);
  auto predicate = static_cast<Comparison>(random.between(2, 5));
  Value condition = net.m.apply<CompareOp>(
      {x, random.chance(50) ? y : net.m.scalar(0.25)},
      {net.named(
          "predicate",
          ComparisonAttr::get(net.m.getBuilder().getContext(), predicate))});
  return net.m.apply<SelectOp>({condition, x, net.scale(y, 0.5)});
}

/// Some dimensions but the batch.
static SmallVector<int64_t> pickDims(Random &random, Value x) {
  SmallVector<int64_t> dims;
  for (int64_t dim = 1, rank = getShape(x).size(); dim < rank; ++dim)
    if (random.chance(50))
      dims.push_back(dim);
  if (dims.empty())
    dims.push_back(getShape(x).size() - 1);
  return dims;
}

static Value reduce(Network &net, Random &random) {
  Value x = net.pick(random);
  SmallVector<int64_t> dims = pickDims(random, x);
  int64_t points = 1;
  for (int64_t dim : dims)
    points *= getShape(x)[dim];
  auto kind = static_cast<ReductionKind>(random.below(3));
  Value reduced = net.m.apply<ReduceOp>(
      {x}, {net.named("kind", ReductionKindAttr::get(
                                  net.m.getBuilder().getContext(), kind)),
            net.list("dims", dims)});
  if (kind == ReductionKind::Sum)
    reduced = net.scale(reduced, 1.0 / points);
  return random.chance(70) ? combine(net, random, x, reduced) : reduced;
}

static Value softmax(Network &net, Random &random) {
  Value x = net.pick(random);
  return net.m.softmax(x, random.between(1, getShape(x).size() - 1));
}

static Value normalize(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t size = getShape(x).back();
  Value scale = net.weight(random, {size}, 0.5);
  if (random.chance(40))
    return net.m.apply<RmsNormOp>(
        {x, scale},
        {net.named("epsilon", net.m.getBuilder().getF64FloatAttr(1e-2))});
  return net.m.layerNorm(x, scale, net.weight(random, {size}, 0.5), 1e-2);
}

static Value dropout(Network &net, Random &random) {
  return net.m.apply<DropoutOp>(
      {net.pick(random), net.getStep()},
      {net.named("rate", net.m.getBuilder().getF64FloatAttr(0.3)),
       net.integer("seed", random.below(1000))});
}

ArrayRef<Step> mpc::test::getPointwiseSteps() {
  static constexpr Step steps[] = {unary,  unary,     binary,  residual,
                                   reduce, normalize, softmax, withParameter,
                                   choose, dropout};
  return steps;
}

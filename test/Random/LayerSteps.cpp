//===- LayerSteps.cpp - contractions, attention, embeddings ---------------===//

#include "Steps.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
using Value = mlir::Value;

static double getStddev(int64_t inputs) {
  return 1 / std::sqrt(double(inputs));
}

static Value dense(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t inputs = getShape(x).back(), units = random.between(1, 13);
  bool transposed = random.chance(30);
  Value weight = transposed
                     ? net.weight(random, {units, inputs}, getStddev(inputs))
                     : net.weight(random, {inputs, units}, getStddev(inputs));
  SmallVector<NamedAttribute> attributes;
  if (transposed)
    attributes.push_back(
        net.named("transpose_rhs", net.m.getBuilder().getUnitAttr()));
  Value y = net.m.apply<MatmulOp>({x, weight}, attributes);
  return random.chance(60) ? net.m.add(y, net.weight(random, {units}, 0.5)) : y;
}

static Value activate(Network &net, Random &random, Value x) {
  if (random.chance(40))
    return net.m.relu(x);
  GeluForm form = random.chance(30) ? GeluForm::Exact : GeluForm::Tanh;
  Attribute attribute =
      GeluFormAttr::get(net.m.getBuilder().getContext(), form);
  return net.m.apply<GeluOp>({x}, {net.named("form", attribute)});
}

/// relu(x W1 + b1) W2, or with gelu: what tensor parallelism cuts by column,
/// then by row. Libraries compute gelu with a product of 8 n columns.
static Value feedForward(Network &net, Random &random) {
  Value x = net.pick(random);
  int64_t inputs = getShape(x).back();
  int64_t hidden =
      random.chance(60) ? 8 * random.between(1, 2) : random.between(2, 16);
  Value up = net.weight(random, {inputs, hidden}, getStddev(inputs));
  Value h = net.m.add(net.m.matmul(x, up), net.weight(random, {hidden}, 0.5));
  h = activate(net, random, h);
  Value down = net.weight(random, {hidden, inputs}, getStddev(hidden));
  Value y = net.m.matmul(h, down);
  return random.chance(50) ? net.m.add(x, y) : y;
}

static Value einsum(Network &net, StringRef spec, Value a, Value b) {
  return net.m.apply<EinsumOp>(
      {a, b}, {net.named("spec", net.m.getBuilder().getStringAttr(spec))});
}

static Value toHeads(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  int64_t inputs = getShape(x)[2];
  Value weight =
      net.weight(random, {inputs, random.between(1, 4), random.between(1, 5)},
                 getStddev(inputs));
  return einsum(net, "bsk,khd->bshd", x, weight);
}

static Value fromHeads(Network &net, Random &random) {
  Value x = net.pick(random, 4);
  if (!x)
    return {};
  ArrayRef<int64_t> shape = getShape(x);
  Value weight = net.weight(random, {shape[2], shape[3], random.between(1, 9)},
                            getStddev(shape[2] * shape[3]));
  return einsum(net, "bshd,hdk->bsk", x, weight);
}

/// x x^T between positions.
static Value scores(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  Value y = einsum(net, "bsd,btd->bst", x, net.m.tanh(x));
  return net.scale(y, getStddev(getShape(x)[2]));
}

static Value mix(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  int64_t positions = getShape(x)[1];
  Value weight = net.weight(random, {positions, random.between(1, 7)},
                            getStddev(positions));
  return einsum(net, "bsd,st->btd", x, weight);
}

static Value project(Network &net, Random &random, Value x, int64_t heads,
                     int64_t size) {
  int64_t inputs = getShape(x)[2];
  return einsum(net, "bsk,khd->bshd", x,
                net.weight(random, {inputs, heads, size}, getStddev(inputs)));
}

static Value attend(Network &net, Random &random, Value q, Value k, Value v) {
  SmallVector<NamedAttribute> attributes = {net.named(
      "scale", net.m.getBuilder().getF64FloatAttr(getStddev(getShape(q)[3])))};
  if (random.chance(60))
    attributes.push_back(net.named("causal", net.m.getBuilder().getUnitAttr()));
  return net.m.apply<AttentionOp>({q, k, v}, attributes);
}

/// A whole layer with grouped heads.
static Value attention(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  int64_t groups = random.between(1, 3), heads = groups * random.between(1, 2);
  int64_t size = random.between(1, 5) * net.headMultiple;
  int64_t inputs = getShape(x)[2];
  Value q = project(net, random, x, heads, size),
        k = project(net, random, x, groups, size),
        v = project(net, random, x, groups, size);
  Value y = attend(net, random, q, k, v);
  Value out = einsum(
      net, "bshd,hdk->bsk", y,
      net.weight(random, {heads, size, inputs}, getStddev(heads * size)));
  return random.chance(60) ? net.m.add(x, out) : out;
}

/// One fused weight [k, 3, h, d] whose parts are sliced, as GPT-2 has it.
static Value fusedAttention(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x)
    return {};
  int64_t inputs = getShape(x)[2], heads = random.between(1, 4),
          size = random.between(1, 4) * net.headMultiple;
  Value weight =
      net.weight(random, {inputs, 3, heads, size}, getStddev(inputs));
  Value qkv = einsum(net, "bsk,kthd->bsthd", x, weight);
  if (random.chance(50))
    qkv = net.m.add(qkv, net.weight(random, {3, heads, size}, 0.3));
  SmallVector<Value> parts;
  for (int64_t part = 0; part < 3; ++part)
    parts.push_back(
        net.m.reshape(net.m.apply<SliceOp>({qkv}, {net.integer("dim", 2),
                                                   net.integer("start", part),
                                                   net.integer("size", 1)}),
                      {net.batch, getShape(x)[1], heads, size}));
  return attend(net, random, parts[0], parts[1], parts[2]);
}

static Value embed(Network &net, Random &random) {
  Value table = net.weight(random, {net.vocabulary, net.width}, 1);
  Value y = net.m.embedding(table, net.getIds());
  if (random.chance(50))
    y = net.m.add(y, net.weight(random, {net.sequence, net.width}, 0.5));
  return y;
}

/// Logits by the table that embeds: a tied weight.
static Value unembed(Network &net, Random &random) {
  Value x = net.pick(random, 3);
  if (!x || getShape(x)[2] != net.width)
    return {};
  Value table = net.weight(random, {net.vocabulary, net.width}, 1);
  return net.scale(einsum(net, "bsk,vk->bsv", x, table), getStddev(net.width));
}

ArrayRef<Step> mpc::test::getLayerSteps() {
  static constexpr Step steps[] = {
      dense, dense,     feedForward,    toHeads, fromHeads, scores,
      mix,   attention, fusedAttention, embed,   unembed};
  return steps;
}

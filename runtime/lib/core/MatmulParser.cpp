//===- MatmulParser.cpp - The matmul launch -------------------------------===//
#include "DType.h"
#include "Parsing.h"
#include <algorithm>

namespace mpcrt {

namespace {
/// One operand: its element strides and how far they reach.
struct Operand {
  const JsonNode &node;
  const mpcrt_matmul_desc &desc;
  int64_t last = 0; // element index

  void walk(int64_t size, int64_t stride) {
    last = checkedAdd(last, checkedMul(size - 1, stride));
  }
  void walkBatch(const char *field, int64_t (&strides)[MPCRT_MAX_BATCH]) {
    std::vector<int64_t> list = node[field].integers();
    if (static_cast<int32_t>(list.size()) != desc.batch_rank)
      node[field].error(text("expected ", desc.batch_rank,
                             " strides, one a batch dimension"));
    std::copy(list.begin(), list.end(), strides);
    for (int32_t i = 0; i < desc.batch_rank; ++i)
      walk(desc.batch[i], strides[i]);
  }
};
} // namespace

static void parseExtents(const JsonNode &node, mpcrt_matmul_desc &desc) {
  std::vector<int64_t> batch = parseShape(node["batch"]);
  if (batch.size() > MPCRT_MAX_BATCH)
    node["batch"].error(text("more than ", MPCRT_MAX_BATCH, " dimensions"));
  std::copy(batch.begin(), batch.end(), desc.batch);
  desc.batch_rank = static_cast<int32_t>(batch.size());
  desc.m = node["m"].integer(1);
  desc.n = node["n"].integer(1);
  desc.k = node["k"].integer(1);
  checkedMul(elementCount(batch),
             checkedMul(2, checkedMul(desc.m, checkedMul(desc.n, desc.k))));
}

static void parseTypes(const JsonNode &node, mpcrt_matmul_desc &desc) {
  desc.dtype = parseDTypeField(node["dtype"]);
  desc.c_dtype =
      node.has("c_dtype") ? parseDTypeField(node["c_dtype"]) : desc.dtype;
  if (desc.c_dtype != desc.dtype && desc.c_dtype != MPCRT_F32)
    node["c_dtype"].error("expected that of A and B, or f32");
}

static int32_t parseActivation(const JsonNode &node) {
  const std::string &name = node.string();
  if (name == "relu")
    return MPCRT_RELU;
  if (name == "gelu")
    return MPCRT_GELU;
  if (name == "gelu-gradient")
    return MPCRT_GELU_GRADIENT;
  node.error("expected 'relu', 'gelu' or 'gelu-gradient'");
}

static void parseEpilogue(const JsonNode &node, mpcrt_matmul_desc &desc) {
  desc.accumulate = node.has("accumulate") && node["accumulate"].boolean();
  desc.has_bias = node.has("bias");
  desc.has_aux = node.has("aux");
  desc.has_bias_gradient = node.has("bias_gradient");
  if (node.has("activation"))
    desc.activation = parseActivation(node["activation"]);
  bool isGradient = desc.activation == MPCRT_GELU_GRADIENT;
  if (isGradient && !desc.has_aux)
    node.error("'gelu-gradient' needs 'aux', what gelu was applied to");
  if (isGradient && (desc.has_bias || desc.accumulate))
    node.error("'gelu-gradient' takes no 'bias' and does not 'accumulate'");
  if (desc.has_aux && !isGradient && desc.activation != MPCRT_GELU)
    node["aux"].error("expected the activation 'gelu' or 'gelu-gradient'");
  if (desc.has_bias_gradient && !isGradient)
    node["bias_gradient"].error("expected the activation 'gelu-gradient'");
}

/// What libraries ask of aux, which lies like C.
static void checkAux(const JsonNode &node, const mpcrt_matmul_desc &desc) {
  constexpr int64_t unit = 8;
  if (desc.c_n != 1 || desc.c_m < desc.n || desc.c_m % unit != 0)
    node["aux"].error(text("lies like C, so C's rows must be dense and a "
                           "multiple of 8 elements apart; 'c_m' is ",
                           desc.c_m, " and 'c_n' is ", desc.c_n));
  for (int32_t i = 0; i < desc.batch_rank; ++i)
    if (desc.c_batch[i] % unit != 0)
      node["c_batch"].error("expected multiples of 8 beside 'aux'");
  if (desc.has_bias_gradient && desc.batch_rank > 0)
    node["bias_gradient"].error("is of one product, without 'batch'");
}

MatmulLaunch parseMatmul(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op",       "dtype",      "c_dtype", "a",
                  "b",        "c",          "batch",   "m",
                  "n",        "k",          "a_batch", "a_m",
                  "a_k",      "b_batch",    "b_k",     "b_n",
                  "c_batch",  "c_m",        "c_n",     "accumulate",
                  "bias",     "activation", "aux",     "bias_gradient",
                  "a_offset", "b_offset",   "c_offset"});
  MatmulLaunch launch;
  mpcrt_matmul_desc &d = launch.desc;
  parseTypes(node, d);
  parseEpilogue(node, d);
  parseExtents(node, d);
  Operand a{node, d}, b{node, d}, c{node, d};
  a.walkBatch("a_batch", d.a_batch);
  b.walkBatch("b_batch", d.b_batch);
  c.walkBatch("c_batch", d.c_batch);
  a.walk(d.m, d.a_m = node["a_m"].integer());
  a.walk(d.k, d.a_k = node["a_k"].integer());
  b.walk(d.k, d.b_k = node["b_k"].integer());
  b.walk(d.n, d.b_n = node["b_n"].integer());
  c.walk(d.m, d.c_m = node["c_m"].integer());
  c.walk(d.n, d.c_n = node["c_n"].integer());
  auto place = [&](const char *field, int64_t last, int32_t dtype) {
    Index buffer = scope.buffer(node[field]);
    scope.checkReach(node[field], buffer,
                     checkedMul(checkedAdd(last, 1), dtypeBytes(dtype)));
    return buffer;
  };
  auto offset = [&](const char *field, Operand &operand, int32_t dtype) {
    int64_t elements = node.has(field) ? node[field].integer() : 0;
    operand.last = checkedAdd(operand.last, elements);
    return checkedMul(elements, dtypeBytes(dtype));
  };
  if (d.has_aux) {
    checkAux(node, d);
    launch.aux = place("aux", c.last, d.c_dtype);
  }
  launch.aOffset = offset("a_offset", a, d.dtype);
  launch.bOffset = offset("b_offset", b, d.dtype);
  launch.cOffset = offset("c_offset", c, d.c_dtype);
  launch.a = place("a", a.last, d.dtype);
  launch.b = place("b", b.last, d.dtype);
  launch.c = place("c", c.last, d.c_dtype);
  if (d.has_bias)
    launch.bias = place("bias", d.n - 1, d.c_dtype);
  if (d.has_bias_gradient)
    launch.bias = place("bias_gradient", d.n - 1, d.c_dtype);
  if (d.has_aux && (launch.aux == launch.c || launch.aux == launch.bias))
    node["aux"].error("expected a buffer of its own");
  for (int32_t i = 0; i < d.batch_rank; ++i)
    if (d.batch[i] > 1 && d.c_batch[i] == 0)
      node["c_batch"].error("a stride of 0 writes an element twice");
  if ((d.m > 1 && d.c_m == 0) || (d.n > 1 && d.c_n == 0))
    node.error("'c_m' and 'c_n' must not be 0: they write an element twice");
  launch.number = scope.manifest.matmuls++;
  return launch;
}

} // namespace mpcrt

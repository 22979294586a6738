//===- AttentionParser.cpp - The attention launch -------------------------===//
#include "Parsing.h"
#include <cmath>

namespace mpcrt {

/// The fields of an operand's place in its buffer.
struct PlaceFields {
  const char *strides, *offset;
};
static constexpr PlaceFields fields[] = {
    {"q_strides", "q_offset"},           {"k_strides", "k_offset"},
    {"v_strides", "v_offset"},           {"o_strides", "o_offset"},
    {"grad_o_strides", "grad_o_offset"}, {"grad_q_strides", "grad_q_offset"},
    {"grad_k_strides", "grad_k_offset"}, {"grad_v_strides", "grad_v_offset"}};

static void allowFields(const JsonNode &node, bool isGradient) {
  std::vector<const char *> known = {
      "op", "dtype", "causal", "gradient", "scale", "b",  "s",
      "t",  "h",     "g",      "d",        "e",     "lse"};
  int count = isGradient ? AttentionLSE : AttentionGradO;
  for (int role = 0; role < count; ++role)
    known.insert(known.end(), {attentionNames[role], fields[role].strides,
                               fields[role].offset});
  node.allowOnly(known);
}

static void parseSizes(const JsonNode &node, mpcrt_attention_desc &d) {
  d.b = node["b"].integer(1);
  d.s = node["s"].integer(1);
  d.t = node["t"].integer(1);
  d.h = node["h"].integer(1);
  d.g = node["g"].integer(1);
  d.d = node["d"].integer(1);
  d.e = node["e"].integer(1);
  if (d.h % d.g)
    node["g"].error(text("does not divide 'h', which is ", d.h));
  if (d.causal && d.s != d.t)
    node["causal"].error(
        text("needs as many keys as rows, found 's' ", d.s, " and 't' ", d.t));
  // What is computed with sizes later does not overflow.
  int64_t scores = elementCount(std::array{d.b, d.h, d.s, d.t});
  checkedMul(scores, checkedMul(16, checkedAdd(d.d, d.e)));
}

static void parseKind(const JsonNode &node, mpcrt_attention_desc &d) {
  auto flag = [&](const char *field) {
    return node.has(field) && node[field].boolean() ? 1 : 0;
  };
  d.dtype = parseDTypeField(node["dtype"]);
  if (d.dtype != MPCRT_BF16 && d.dtype != MPCRT_F16)
    node["dtype"].error("expected bf16 or f16");
  d.causal = flag("causal");
  d.gradient = flag("gradient");
  d.has_lse = d.gradient || node.has("lse") ? 1 : 0;
  d.scale = node["scale"].number();
  if (!std::isfinite(d.scale))
    node["scale"].error("is not finite");
}

/// The strides of an operand; returns the bytes that it reaches from the
/// buffer's start.
static int64_t parseStrides(const JsonNode &node, mpcrt_attention_desc &d,
                            int role, int64_t offset) {
  JsonNode field = node[fields[role].strides];
  std::array<int64_t, 4> sizes = attentionSizes(d, role);
  std::vector<int64_t> list = field.integers();
  if (list.size() != sizes.size())
    field.error(
        text("expected ", sizes.size(), " strides, found ", list.size()));
  if (list.back() != 1)
    field.error("the last stride must be 1: a head's elements are dense");
  int64_t last = offset;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (isAttentionResult(d, role) && sizes[i] > 1 && list[i] == 0)
      field.error("a stride of 0 writes an element twice");
    last = checkedAdd(last, checkedMul(sizes[i] - 1, list[i]));
    (d.*attentionStrides[role])[i] = list[i];
  }
  return checkedMul(checkedAdd(last, 1), dtypeBytes(d.dtype));
}

AttentionLaunch parseAttention(const JsonNode &node, const BodyScope &scope) {
  AttentionLaunch launch;
  mpcrt_attention_desc &d = launch.desc;
  parseKind(node, d);
  allowFields(node, d.gradient);
  parseSizes(node, d);
  auto place = [&](int role, const JsonNode &field, int64_t bytes) {
    Index buffer = scope.buffer(field);
    scope.checkReach(field, buffer, bytes);
    launch.operands[role].buffer = buffer;
  };
  for (int role = 0; role < AttentionLSE; ++role) {
    if (!isAttentionOperand(d, role))
      continue;
    const char *offset = fields[role].offset;
    int64_t first = node.has(offset) ? node[offset].integer() : 0;
    launch.operands[role].offset = checkedMul(first, dtypeBytes(d.dtype));
    place(role, node[attentionNames[role]], parseStrides(node, d, role, first));
  }
  if (d.has_lse)
    place(AttentionLSE, node["lse"],
          elementCount(std::array{d.b, d.h, d.s}) * dtypeBytes(MPCRT_F32));
  launch.number = scope.manifest.attentions++;
  return launch;
}

} // namespace mpcrt

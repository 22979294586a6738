//===- OpsAttention.cpp - whole attention of opset 23 and later -----------===//

#include "OpTable.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;
using Value = mlir::Value;

namespace {
/// Query, key and value as [batch, position, head, width]. Files have that with
/// heads before positions, or with heads and widths in one dim.
struct Heads {
  Heads(Node &node) : isFlat(false) {
    Value q = node.operand(0);
    isFlat = q && getShape(q).size() == 3;
    query = split(node, q, node.attributes.integer("q_num_heads", 0));
    int64_t groups = node.attributes.integer("kv_num_heads", 0);
    key = split(node, node.operand(1), groups);
    value = split(node, node.operand(2), groups);
  }

  Value split(Node &node, Value x, int64_t heads) {
    if (!x)
      return {};
    Shape shape(getShape(x));
    if (!isFlat && shape.size() == 4)
      return node.e.transpose(x, {0, 2, 1, 3});
    if (shape.size() != 3 || heads <= 0 || shape[2] % heads != 0) {
      node.e.fail("expected [batch, head, position, width], or "
                  "[batch, position, head * width] with the numbers of heads");
      return {};
    }
    return node.e.reshape(x, {shape[0], shape[1], heads, shape[2] / heads});
  }

  Value join(Node &node, Value x) const {
    if (!x || !isFlat)
      return x ? node.e.transpose(x, {0, 2, 1, 3}) : x;
    ArrayRef<int64_t> shape = getShape(x);
    return node.e.reshape(x, {shape[0], shape[1], shape[2] * shape[3]});
  }

  bool isFlat;
  Value query, key, value;
};
} // namespace

/// Truth values become 0 and -inf; rank 4, as the op wants it.
static Value makeMask(Node &node, Value mask, Type element) {
  if (!mask)
    return {};
  Emitter &e = node.e;
  if (getElementTypeOrSelf(mask).isInteger(1))
    mask = e.select(
        mask, e.constant({}, element, 0),
        e.constant({}, element, -std::numeric_limits<double>::infinity()));
  if (!mask)
    return {};
  Shape shape(getShape(mask));
  if (shape.size() > 4) {
    e.fail("the mask has " + llvm::Twine(shape.size()) +
           " dimensions, expected at most 4");
    return {};
  }
  shape.insert(shape.begin(), 4 - shape.size(), 1);
  return e.reshape(e.cast(mask, element), shape);
}

/// In ONNX position s sees t <= s, however many keys there are.
static Value addCausal(Node &node, Value mask, const Heads &heads) {
  int64_t rows = getShape(heads.query)[1], columns = getShape(heads.key)[1];
  Value causal = makeMask(node, node.e.causalMask(rows, columns, 0),
                          getElementTypeOrSelf(heads.query));
  return mask ? node.e.add(mask, causal) : causal;
}

static bool checkSupported(Node &node) {
  if (node.has(4) || node.has(5))
    node.e.fail("past keys and values are not supported; export the model with "
                "use_cache=False");
  if (node.has(6))
    node.e.fail("nonpad_kv_seqlen is not supported");
  if (node.attributes.real("softcap", 0) != 0)
    node.e.fail("softcap is not supported");
  for (StringRef window : {"left_window_size", "right_window_size"})
    if (node.attributes.integer(window, -1) >= 0)
      node.e.fail(window + " is not supported");
  for (int result = 1; result < node.numResults(); ++result)
    if (node.needsResult(result))
      node.e.fail("only the first output is supported; export the model with "
                  "use_cache=False");
  return !node.e.hasProblem();
}

static void importAttention(Node &node) {
  if (!checkSupported(node))
    return;
  Heads heads(node);
  if (!heads.query || !heads.key || !heads.value)
    return;
  SmallVector<Value> operands = {heads.query, heads.key, heads.value};
  Value mask;
  if (node.has(3))
    mask = makeMask(node, node.operand(3), getElementTypeOrSelf(heads.query));
  if (node.attributes.integer("is_causal", 0))
    mask = addCausal(node, mask, heads);
  if (mask)
    operands.push_back(mask);
  double width = static_cast<double>(getShape(heads.query)[3]);
  double scale = node.attributes.real("scale", 1 / std::sqrt(width));
  node.setResult(heads.join(
      node, node.e.make<AttentionOp>(operands, {node.e.real("scale", scale)})));
}

llvm::ArrayRef<OpEntry> onnx_import::getAttentionOps() {
  static constexpr OpEntry entries[] = {{"Attention", 23, importAttention}};
  return entries;
}

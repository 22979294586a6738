//===- OpsNN.cpp - layers: products, norms, softmax -----------------------===//

#include "OpTable.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::onnx_import;
using data::Shape;
using Value = mlir::Value;

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// The last two dims of `x` under the leading dims of the product.
static Value broadcastBatch(Emitter &e, Value x, ArrayRef<int64_t> batch) {
  Shape shape(batch.begin(), batch.end());
  ArrayRef<int64_t> own = getShape(x);
  shape.append(own.end() - 2, own.end());
  return e.broadcast(x, shape);
}

/// The right operand may stay a matrix, which every sample shares.
static Value multiply(Emitter &e, Value a, Value b) {
  ArrayRef<int64_t> left = getShape(a).drop_back(2);
  ArrayRef<int64_t> right = getShape(b).drop_back(2);
  auto batch = broadcastShapes(left, right);
  if (!batch) {
    e.fail(toString(batch.takeError()));
    return {};
  }
  bool isShared = right.empty() && left == ArrayRef<int64_t>(*batch);
  return isShared ? e.matmul(a, b)
                  : e.matmul(broadcastBatch(e, a, *batch),
                             broadcastBatch(e, b, *batch));
}

/// Vectors are rows on the left and columns on the right.
static void importMatMul(Node &node) {
  Value a = node.operand(0), b = node.operand(1);
  if (!a || !b)
    return;
  bool isRow = getShape(a).size() == 1, isColumn = getShape(b).size() == 1;
  if (getShape(a).empty() || getShape(b).empty())
    return node.e.fail("expected operands of at least one dimension");
  if (isRow)
    a = node.e.reshape(a, {1, getShape(a)[0]});
  if (isColumn)
    b = node.e.reshape(b, {getShape(b)[0], 1});
  Value product = multiply(node.e, a, b);
  if (!product)
    return;
  Shape shape(getShape(product));
  if (isRow)
    shape.erase(shape.end() - 2);
  if (isColumn)
    shape.pop_back();
  node.setResult(node.e.reshape(product, shape));
}

/// alpha A' B' + beta C
static void importGemm(Node &node) {
  double alpha = node.attributes.real("alpha", 1);
  double beta = node.attributes.real("beta", 1);
  Value product = node.e.matmul(node.operand(0), node.operand(1),
                                node.attributes.integer("transA", 0) != 0,
                                node.attributes.integer("transB", 0) != 0);
  if (alpha != 1)
    product = node.e.mul(product, alpha);
  if (!node.has(2) || beta == 0)
    return node.setResult(product);
  Value bias = node.operand(2);
  if (beta != 1)
    bias = node.e.mul(bias, beta);
  node.setResult(node.e.add(product, bias));
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

static Value emitSoftmax(Node &node, Value x) {
  if (!x)
    return {};
  int64_t dim = node.dim("axis", -1, getShape(x).size());
  return node.e.make<SoftmaxOp>({x}, {node.e.integer("dim", dim)});
}

static void importSoftmax(Node &node) {
  node.setResult(emitSoftmax(node, node.operand(0)));
}

/// x - max - log(sum(exp(x - max)))
static void importLogSoftmax(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  int64_t dim = node.dim("axis", -1, getShape(x).size());
  Emitter &e = node.e;
  Value shifted = e.sub(x, e.reduce(ReductionKind::Max, x, {dim}));
  Value sum = e.reduce(ReductionKind::Sum, e.make<ExpOp>({shifted}), {dim});
  node.setResult(e.sub(shifted, e.make<LogOp>({sum})));
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

namespace {
/// A norm over the dims from `axis` on, as one over a last dim of all of them.
struct NormShape {
  NormShape(Node &node, Value x) : full(getShape(x)) {
    int64_t axis = node.dim("axis", -1, full.size());
    flat.assign(full.begin(), full.begin() + axis);
    normalized.assign(full.begin() + axis, full.end());
    int64_t size = 1;
    for (int64_t dim : normalized)
      size *= dim;
    flat.push_back(size);
  }
  /// Scale and bias broadcast to the normalized dims.
  Value flatten(Emitter &e, Value vector) const {
    return e.reshape(e.broadcast(vector, normalized), {flat.back()});
  }
  Shape full, flat, normalized;
};
} // namespace

static NamedAttribute getEpsilon(Node &node) {
  return node.e.real("epsilon", node.attributes.real("epsilon", 1e-5));
}

template <typename Op> static void importNorm(Node &node) {
  Value x = node.operand(0);
  if (!x)
    return;
  if (getShape(x).empty())
    return node.e.fail("expected at least one dimension");
  NormShape shape(node, x);
  SmallVector<Value> operands = {node.e.reshape(x, shape.flat),
                                 shape.flatten(node.e, node.operand(1))};
  if (node.has(2))
    operands.push_back(shape.flatten(node.e, node.operand(2)));
  Value result = node.e.make<Op>(operands, {getEpsilon(node)});
  node.setResult(node.e.reshape(result, shape.full));
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// A model as it is exported for inference drops nothing.
static void importDropout(Node &node) {
  const Constant *training = node.constant(2);
  bool isOff = !node.has(2) ||
               (training && training->count() == 1 && training->real(0) == 0);
  if (!isOff)
    return node.e.fail("training_mode is not supported; export the model with "
                       "model.eval()");
  node.setResult(node.operand(0));
}

/// "bsk,kn->bsn" of two tensors.
static void importEinsum(Node &node) {
  std::string spec = node.attributes.text("equation", "");
  llvm::erase(spec, ' ');
  if (node.numOperands() != 2)
    return node.e.fail("only equations of two operands are supported");
  node.setResult(node.e.make<EinsumOp>(
      {node.operand(0), node.operand(1)},
      {node.e.named("spec", node.e.getBuilder().getStringAttr(spec))}));
}

llvm::ArrayRef<OpEntry> onnx_import::getNNOps() {
  static constexpr OpEntry entries[] = {
      {"MatMul", 9, importMatMul},
      {"Gemm", 11, importGemm},
      {"Einsum", 12, importEinsum},
      {"Softmax", 13, importSoftmax},
      {"LogSoftmax", 13, importLogSoftmax},
      {"LayerNormalization", 17, importNorm<LayerNormOp>},
      {"RMSNormalization", 23, importNorm<RmsNormOp>},
      {"Dropout", 13, importDropout},
  };
  return entries;
}

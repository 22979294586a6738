//===- GradientsContraction.cpp - derivatives of matmul, einsum, tables ---===//

#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Matmul
//===----------------------------------------------------------------------===//

namespace {
/// Letters of a matmul's dimensions: a, b, ... for the batch, then m, n, k.
struct MatmulLetters {
  explicit MatmulLetters(MatmulOp op) {
    std::string batch;
    for (size_t dim = 2; dim < getShape(op.getLhs()).size(); ++dim)
      batch += static_cast<char>('a' + dim - 2);
    bool isBatchedRhs = getShape(op.getRhs()).size() > 2;
    lhs = batch + (op.getTransposeLhs() ? "zx" : "xz");
    rhs = (isBatchedRhs ? batch : "") + (op.getTransposeRhs() ? "yz" : "zy");
    result = batch + "xy";
  }
  std::string lhs, rhs, result;
};
} // namespace

/// Whether one right operand serves several left ones: its gradient sums over
/// the batch, which only an einsum says.
static bool sharesRhs(MatmulOp op) {
  return getShape(op.getLhs()).size() > getShape(op.getRhs()).size();
}

static Value buildMatmulLhsGradient(TensorBuilder &t, MatmulOp op, Value dy) {
  bool transposeLhs = op.getTransposeLhs(), transposeRhs = op.getTransposeRhs();
  if (!transposeLhs)
    return t.matmul(dy, op.getRhs(), false, !transposeRhs);
  if (!sharesRhs(op))
    return t.matmul(op.getRhs(), dy, transposeRhs, true);
  MatmulLetters letters(op);
  return t.einsum(letters.result + "," + letters.rhs + "->" + letters.lhs, dy,
                  op.getRhs());
}

static Value buildMatmulRhsGradient(TensorBuilder &t, MatmulOp op, Value dy) {
  bool transposeLhs = op.getTransposeLhs(), transposeRhs = op.getTransposeRhs();
  if (sharesRhs(op)) {
    MatmulLetters letters(op);
    return t.einsum(letters.lhs + "," + letters.result + "->" + letters.rhs,
                    op.getLhs(), dy);
  }
  if (transposeRhs)
    return t.matmul(dy, op.getLhs(), true, transposeLhs);
  return t.matmul(op.getLhs(), dy, !transposeLhs, false);
}

void MatmulOp::buildGradients(OpBuilder &builder,
                              ArrayRef<Value> resultGradients,
                              const BitVector &needed,
                              SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0])
    return;
  TensorBuilder t(builder, getLoc());
  Value dy = t.cast(resultGradients[0], getElementTypeOrSelf(getLhs()));
  if (needed[0])
    operandGradients[0] = buildMatmulLhsGradient(t, *this, dy);
  if (needed[1])
    operandGradients[1] = buildMatmulRhsGradient(t, *this, dy);
}

//===----------------------------------------------------------------------===//
// Einsum: an operand's gradient contracts the other two
//===----------------------------------------------------------------------===//

void EinsumOp::buildGradients(OpBuilder &builder,
                              ArrayRef<Value> resultGradients,
                              const BitVector &needed,
                              SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0])
    return;
  TensorBuilder t(builder, getLoc());
  Value dy = t.cast(resultGradients[0], getElementTypeOrSelf(getLhs()));
  auto [inputs, result] = getSpec().split("->");
  auto [lhs, rhs] = inputs.split(",");
  auto contract = [&](StringRef a, StringRef b, StringRef to, Value x,
                      Value y) {
    return t.einsum((a + "," + b + "->" + to).str(), x, y);
  };
  if (needed[0])
    operandGradients[0] = contract(result, rhs, lhs, dy, getRhs());
  if (needed[1])
    operandGradients[1] = contract(lhs, result, rhs, getLhs(), dy);
}

//===----------------------------------------------------------------------===//
// Embedding
//===----------------------------------------------------------------------===//

void EmbeddingOp::buildGradients(OpBuilder &builder,
                                 ArrayRef<Value> resultGradients,
                                 const BitVector &needed,
                                 SmallVectorImpl<Value> &operandGradients) {
  if (!resultGradients[0] || !needed[0])
    return;
  operandGradients[0] =
      ScatterAddOp::create(builder, getLoc(), getTable().getType(), getIds(),
                           resultGradients[0], getOffsetAttr());
}

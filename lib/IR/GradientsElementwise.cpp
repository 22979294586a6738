//===- GradientsElementwise.cpp - derivatives of pointwise ops ------------===//

#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Unary: dx from the argument x, the result y and its gradient dy, in f32 as
// the constants in it
//===----------------------------------------------------------------------===//

#define MPC_UNARY_GRADIENT(OP, FORMULA)                                        \
  void OP::buildGradients(OpBuilder &builder, ArrayRef<Value> resultGradients, \
                          const BitVector &needed,                             \
                          SmallVectorImpl<Value> &operandGradients) {          \
    if (!resultGradients[0] || !needed[0])                                     \
      return;                                                                  \
    TensorBuilder t(builder, getLoc());                                        \
    Value dy = t.widen(resultGradients[0]);                                    \
    [[maybe_unused]] Value x = t.widen(getInput()), y = t.widen(getResult());  \
    operandGradients[0] = t.cast(FORMULA, getElementTypeOrSelf(getInput()));   \
  }

/// exp(-x^2) * 2 / sqrt(pi), the derivative of erf.
static Value buildErfSlope(TensorBuilder &t, Value x) {
  constexpr double twoOverSqrtPi = 1.12837916709551257390;
  return t.mul(t.exp(t.neg(t.square(x))), twoOverSqrtPi);
}

static Value buildAbsGradient(TensorBuilder &t, Value x, Value dy) {
  Value negative = t.keepWhere(t.compare(Comparison::LT, x, 0), t.neg(dy));
  return t.select(t.compare(Comparison::GT, x, 0), dy, negative);
}

/// s (1 + x (1 - s)) with s = sigmoid(x).
static Value buildSiluSlope(TensorBuilder &t, Value x) {
  Value s = t.create<SigmoidOp>(x);
  return t.mul(s, t.add(t.mul(x, t.sub(1, s)), 1));
}

MPC_UNARY_GRADIENT(NegOp, t.neg(dy))
MPC_UNARY_GRADIENT(ExpOp, t.mul(dy, y))
MPC_UNARY_GRADIENT(LogOp, t.div(dy, x))
MPC_UNARY_GRADIENT(SqrtOp, t.div(t.mul(dy, 0.5), y))
MPC_UNARY_GRADIENT(RsqrtOp, t.mul(t.mul(dy, -0.5), t.mul(t.square(y), y)))
MPC_UNARY_GRADIENT(TanhOp, t.mul(dy, t.sub(1, t.square(y))))
MPC_UNARY_GRADIENT(ErfOp, t.mul(dy, buildErfSlope(t, x)))
MPC_UNARY_GRADIENT(AbsOp, buildAbsGradient(t, x, dy))
MPC_UNARY_GRADIENT(SigmoidOp, t.mul(dy, t.mul(y, t.sub(1, y))))
MPC_UNARY_GRADIENT(SoftplusOp, t.mul(dy, t.create<SigmoidOp>(x)))
MPC_UNARY_GRADIENT(SiluOp, t.mul(dy, buildSiluSlope(t, x)))
// By the result: the argument need not stay in memory.
MPC_UNARY_GRADIENT(ReluOp, t.keepWhere(t.compare(Comparison::GT, y, 0), dy))

MPC_UNARY_GRADIENT(GeluOp, t.create<GeluGradOp>(x, dy, getForm()))

#undef MPC_UNARY_GRADIENT

//===----------------------------------------------------------------------===//
// Binary: da and db, before what was broadcast is summed
//===----------------------------------------------------------------------===//

#define MPC_BINARY_GRADIENT(OP, LHS, RHS)                                      \
  void OP::buildGradients(OpBuilder &builder, ArrayRef<Value> resultGradients, \
                          const BitVector &needed,                             \
                          SmallVectorImpl<Value> &operandGradients) {          \
    Value dy = resultGradients[0];                                             \
    if (!dy)                                                                   \
      return;                                                                  \
    TensorBuilder t(builder, getLoc());                                        \
    [[maybe_unused]] Value a = getLhs(), b = getRhs(), y = getResult();        \
    if (needed[0])                                                             \
      operandGradients[0] = t.sumTo(LHS, getShape(a));                         \
    if (needed[1])                                                             \
      operandGradients[1] = t.sumTo(RHS, getShape(b));                         \
  }

/// b a^(b - 1), and 0 for b = 0, where a^-1 may be infinite.
static Value buildPowBaseSlope(TensorBuilder &t, Value a, Value b) {
  Value slope = t.mul(b, t.pow(a, t.add(b, -1)));
  return t.keepUnless(t.compare(Comparison::EQ, b, 0), slope);
}

/// y log(a), and 0 for a = 0, where the logarithm is infinite.
static Value buildPowExponentSlope(TensorBuilder &t, Value a, Value y) {
  return t.keepUnless(t.compare(Comparison::EQ, a, 0), t.mul(y, t.log(a)));
}

MPC_BINARY_GRADIENT(AddOp, dy, dy)
MPC_BINARY_GRADIENT(SubOp, dy, t.neg(dy))
MPC_BINARY_GRADIENT(MulOp, t.mul(dy, b), t.mul(dy, a))
MPC_BINARY_GRADIENT(DivOp, t.div(dy, b), t.neg(t.div(t.mul(dy, y), b)))
MPC_BINARY_GRADIENT(PowOp, t.mul(dy, buildPowBaseSlope(t, a, b)),
                    t.mul(dy, buildPowExponentSlope(t, a, y)))
// Ties belong to the first operand.
MPC_BINARY_GRADIENT(MaximumOp, t.keepWhere(t.compare(Comparison::GE, a, b), dy),
                    t.keepUnless(t.compare(Comparison::GE, a, b), dy))
MPC_BINARY_GRADIENT(MinimumOp, t.keepWhere(t.compare(Comparison::LE, a, b), dy),
                    t.keepUnless(t.compare(Comparison::LE, a, b), dy))

#undef MPC_BINARY_GRADIENT

//===----------------------------------------------------------------------===//
// Selection and conversion
//===----------------------------------------------------------------------===//

void SelectOp::buildGradients(OpBuilder &builder,
                              ArrayRef<Value> resultGradients,
                              const BitVector &needed,
                              SmallVectorImpl<Value> &operandGradients) {
  Value dy = resultGradients[0];
  if (!dy)
    return;
  TensorBuilder t(builder, getLoc());
  if (needed[1])
    operandGradients[1] =
        t.sumTo(t.keepWhere(getCondition(), dy), getShape(getOnTrue()));
  if (needed[2])
    operandGradients[2] =
        t.sumTo(t.keepUnless(getCondition(), dy), getShape(getOnFalse()));
}

void CastOp::buildGradients(OpBuilder &builder, ArrayRef<Value> resultGradients,
                            const BitVector &needed,
                            SmallVectorImpl<Value> &operandGradients) {
  Type element = getElementTypeOrSelf(getInput());
  if (!resultGradients[0] || !needed[0] || !isa<FloatType>(element))
    return;
  operandGradients[0] =
      TensorBuilder(builder, getLoc()).cast(resultGradients[0], element);
}

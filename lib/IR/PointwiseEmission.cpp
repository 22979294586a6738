//===- PointwiseEmission.cpp - one vector of every pointwise op -----------===//
//
// Vectors are signless: a ui8 tensor arrives as i8, and the op's tensor type
// says how to read it. 16-bit floats are computed in f32 and rounded once an
// op.
//
//===----------------------------------------------------------------------===//

#include "PointwiseMath.h"
#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

/// Applies `formula` in f32 where the operands are narrower, as they are else.
static Value
inWideFloat(OpBuilder &builder, Location loc, ValueRange operands,
            function_ref<Value(PointwiseMath &, ValueRange)> formula) {
  PointwiseMath m(builder, loc);
  Type element = getElementTypeOrSelf(operands.front());
  bool narrow = isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
  if (!narrow)
    return formula(m, operands);
  SmallVector<Value> wide;
  for (Value operand : operands)
    wide.push_back(m.toFloat(operand, builder.getF32Type()));
  return m.toFloat(formula(m, wide), element);
}

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

#define MPC_EMIT_UNARY(OP, FORMULA)                                            \
  Value OP::emitPointwise(OpBuilder &builder, ValueRange operands) {           \
    return inWideFloat(builder, getLoc(), operands,                            \
                       [](PointwiseMath &m, ValueRange v) -> Value {           \
                         Value x = v[0];                                       \
                         return FORMULA;                                       \
                       });                                                     \
  }

MPC_EMIT_UNARY(NegOp, m.neg(x))
MPC_EMIT_UNARY(ExpOp, m.exp(x))
MPC_EMIT_UNARY(LogOp, m.create<math::LogOp>(x))
MPC_EMIT_UNARY(SqrtOp, m.create<math::SqrtOp>(x))
MPC_EMIT_UNARY(RsqrtOp, m.create<math::RsqrtOp>(x))
MPC_EMIT_UNARY(TanhOp, m.tanh(x))
MPC_EMIT_UNARY(ErfOp, m.erf(x))
MPC_EMIT_UNARY(AbsOp, m.create<math::AbsFOp>(x))
MPC_EMIT_UNARY(ReluOp, m.create<arith::MaximumFOp>(x, m.splat(x, 0)))
MPC_EMIT_UNARY(SoftplusOp, m.softplus(x))
MPC_EMIT_UNARY(SigmoidOp, m.div(m.splat(x, 1), m.onePlusExpOfMinus(x)))
MPC_EMIT_UNARY(SiluOp, m.div(x, m.onePlusExpOfMinus(x)))

#undef MPC_EMIT_UNARY

Value GeluOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  bool exact = getForm() == GeluForm::Exact;
  return inWideFloat(
      builder, getLoc(), operands, [exact](PointwiseMath &m, ValueRange v) {
        Value x = v[0], half = m.splat(x, 0.5), one = m.splat(x, 1);
        Value inner = exact ? m.erf(m.mul(x, m.splat(x, kRsqrt2)))
                            : m.tanh(m.geluTanhArgument(x));
        return m.mul(m.mul(half, x), m.add(one, inner));
      });
}

Value GeluGradOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  bool exact = getForm() == GeluForm::Exact;
  return inWideFloat(builder, getLoc(), operands,
                     [exact](PointwiseMath &m, ValueRange v) {
                       return m.mul(v[1], exact ? m.geluExactSlope(v[0])
                                                : m.geluTanhSlope(v[0]));
                     });
}

//===----------------------------------------------------------------------===//
// Binary
//===----------------------------------------------------------------------===//

/// Unsigned arithmetic: ui8, and i1, whose true is 1 and not -1.
static bool isUnsigned(Value tensor) {
  Type element = getElementTypeOrSelf(tensor);
  return element.isUnsignedInteger() || element.isInteger(1);
}

template <typename FloatOpT, typename IntOpT>
static Value emitBinary(OpBuilder &builder, Location loc, ValueRange operands) {
  return inWideFloat(builder, loc, operands,
                     [](PointwiseMath &m, ValueRange v) -> Value {
                       if (isa<FloatType>(getElementTypeOrSelf(v[0])))
                         return m.create<FloatOpT>(v[0], v[1]);
                       return m.create<IntOpT>(v[0], v[1]);
                     });
}

Value AddOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return emitBinary<arith::AddFOp, arith::AddIOp>(builder, getLoc(), operands);
}
Value SubOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return emitBinary<arith::SubFOp, arith::SubIOp>(builder, getLoc(), operands);
}
Value MulOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return emitBinary<arith::MulFOp, arith::MulIOp>(builder, getLoc(), operands);
}

Value MaximumOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  if (isUnsigned(getLhs()))
    return emitBinary<arith::MaximumFOp, arith::MaxUIOp>(builder, getLoc(),
                                                         operands);
  return emitBinary<arith::MaximumFOp, arith::MaxSIOp>(builder, getLoc(),
                                                       operands);
}
Value MinimumOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  if (isUnsigned(getLhs()))
    return emitBinary<arith::MinimumFOp, arith::MinUIOp>(builder, getLoc(),
                                                         operands);
  return emitBinary<arith::MinimumFOp, arith::MinSIOp>(builder, getLoc(),
                                                       operands);
}

Value DivOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  bool isUnsignedDivision = isUnsigned(getLhs());
  return inWideFloat(
      builder, getLoc(), operands,
      [isUnsignedDivision](PointwiseMath &m, ValueRange v) -> Value {
        if (isa<FloatType>(getElementTypeOrSelf(v[0])))
          return m.div(v[0], v[1]);
        return m.divInteger(v[0], v[1], isUnsignedDivision);
      });
}

Value PowOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return inWideFloat(builder, getLoc(), operands,
                     [](PointwiseMath &m, ValueRange v) -> Value {
                       return m.create<math::PowFOp>(v[0], v[1]);
                     });
}

Value AndOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return arith::AndIOp::create(builder, getLoc(), operands[0], operands[1]);
}
Value OrOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return arith::OrIOp::create(builder, getLoc(), operands[0], operands[1]);
}

//===----------------------------------------------------------------------===//
// Comparison, selection, conversion
//===----------------------------------------------------------------------===//

static arith::CmpFPredicate getFloatPredicate(Comparison predicate) {
  using enum arith::CmpFPredicate;
  switch (predicate) {
  case Comparison::EQ:
    return OEQ;
  case Comparison::NE:
    return UNE;
  case Comparison::LT:
    return OLT;
  case Comparison::LE:
    return OLE;
  case Comparison::GT:
    return OGT;
  case Comparison::GE:
    return OGE;
  }
  llvm_unreachable("all comparisons are covered");
}

static arith::CmpIPredicate getIntegerPredicate(Comparison predicate,
                                                bool isUnsigned) {
  using enum arith::CmpIPredicate;
  switch (predicate) {
  case Comparison::EQ:
    return eq;
  case Comparison::NE:
    return ne;
  case Comparison::LT:
    return isUnsigned ? ult : slt;
  case Comparison::LE:
    return isUnsigned ? ule : sle;
  case Comparison::GT:
    return isUnsigned ? ugt : sgt;
  case Comparison::GE:
    return isUnsigned ? uge : sge;
  }
  llvm_unreachable("all comparisons are covered");
}

Value CompareOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  Value lhs = operands[0], rhs = operands[1];
  if (!isa<FloatType>(getElementTypeOrSelf(lhs)))
    return arith::CmpIOp::create(
        builder, getLoc(),
        getIntegerPredicate(getPredicate(), isUnsigned(getLhs())), lhs, rhs);
  PointwiseMath m(builder, getLoc());
  return arith::CmpFOp::create(builder, getLoc(),
                               getFloatPredicate(getPredicate()), m.widen(lhs),
                               m.widen(rhs));
}

Value SelectOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  return arith::SelectOp::create(builder, getLoc(), operands[0], operands[1],
                                 operands[2]);
}

Value CastOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  PointwiseMath m(builder, getLoc());
  return m.convert(operands[0], isUnsigned(getInput()),
                   getElementTypeOrSelf(getResult()));
}

Value RandomBitsOp::emitPointwise(OpBuilder &builder, ValueRange operands) {
  PointwiseMath m(builder, getLoc());
  return m.philox(operands[0], operands[1], getSeed());
}

//===- DoubleMath.cpp - series with enough terms for f64 ------------------===//

#include "DoubleMath.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/TypeUtilities.h"
#include <cmath>
#include <limits>
#include <numbers>

using namespace mlir;
using namespace mpc;

namespace {
/// Arithmetic on values of the shape of one operand.
struct Doubles {
  Doubles(PatternRewriter &b, Location loc, Value like)
      : b(b), loc(loc), type(like.getType()) {
    Type i64 = b.getI64Type();
    auto vector = dyn_cast<VectorType>(type);
    integers = vector ? Type(vector.clone(i64)) : i64;
  }
  Value constant(double value) {
    TypedAttr scalar = b.getF64FloatAttr(value);
    if (auto vector = dyn_cast<VectorType>(type))
      return arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
    return arith::ConstantOp::create(b, loc, scalar);
  }
  Value constantInt(int64_t value) {
    TypedAttr scalar = b.getI64IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(integers))
      return arith::ConstantOp::create(
          b, loc, DenseElementsAttr::get(vector, Attribute(scalar)));
    return arith::ConstantOp::create(b, loc, scalar);
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, loc, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, loc, x, y, z);
  }
  Value select(Value c, Value x, Value y) {
    return arith::SelectOp::create(b, loc, c, x, y);
  }
  Value compare(arith::CmpFPredicate p, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, p, x, y);
  }
  Value bits(Value x) { return arith::BitcastOp::create(b, loc, integers, x); }
  Value fromBits(Value x) { return arith::BitcastOp::create(b, loc, type, x); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value copySign(Value x, Value sign) {
    return math::CopySignOp::create(b, loc, x, sign);
  }
  /// 1 + x/r1 (1 + x/r2 (1 + ...)) for the given ratios.
  Value nested(Value x, ArrayRef<double> ratios) {
    Value one = constant(1), sum = one;
    for (double ratio : llvm::reverse(ratios))
      sum = fma(mul(x, constant(1 / ratio)), sum, one);
    return sum;
  }
  Value exp(Value x);
  Value log(Value x);
  Value log1p(Value x);
  Value tanh(Value x);
  Value erf(Value x);

  PatternRewriter &b;
  Location loc;
  Type type, integers;
};
} // namespace

/// 2^k e^r with |r| <= ln(2) / 2, the scaling in two steps for results near the
/// limits.
Value Doubles::exp(Value x) {
  // Beyond these, the result is 0 or infinite anyway.
  Value clamped = arith::MinimumFOp::create(b, loc, x, constant(710));
  clamped = arith::MaximumFOp::create(b, loc, clamped, constant(-746));
  Value k = math::FloorOp::create(
      b, loc, fma(clamped, constant(std::numbers::log2e), constant(0.5)));
  // ln(2) in two parts: k times the first is exact.
  Value r = fma(k, constant(-6.93147180369123816490e-01), clamped);
  r = fma(k, constant(-1.90821492927058770002e-10), r);
  SmallVector<double> ratios;
  for (int term = 1; term <= 14; ++term)
    ratios.push_back(term);
  Value sum = nested(r, ratios);
  // NaN has no integer; any other number keeps it NaN below.
  Value isNumber = compare(arith::CmpFPredicate::ORD, x, x);
  Value whole = arith::FPToSIOp::create(b, loc, integers,
                                        select(isNumber, k, constant(0)));
  Value half = arith::ShRSIOp::create(b, loc, whole, constantInt(1));
  Value rest = arith::SubIOp::create(b, loc, whole, half);
  auto power = [&](Value exponent) {
    Value biased = arith::AddIOp::create(b, loc, exponent, constantInt(1023));
    return fromBits(arith::ShLIOp::create(b, loc, biased, constantInt(52)));
  };
  Value result = mul(mul(sum, power(half)), power(rest));
  return select(isNumber, result, x);
}

/// x = 2^k m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh((m - 1) / (m +
/// 1)).
Value Doubles::log(Value x) {
  // Subnormals are scaled to normal numbers first.
  Value isTiny = compare(arith::CmpFPredicate::OLT, x, constant(0x1p-1022));
  Value scaled = select(isTiny, mul(x, constant(0x1p54)), x);
  Value offset = select(isTiny, constant(-54), constant(0));
  // Moves the mantissa's range so that the exponent changes at sqrt(1/2).
  constexpr int64_t sqrtHalf = 0x3fe6a09e667f3bcd;
  Value moved =
      arith::SubIOp::create(b, loc, bits(scaled), constantInt(sqrtHalf));
  Value exponent = arith::ShRSIOp::create(b, loc, moved, constantInt(52));
  Value shifted = arith::ShLIOp::create(b, loc, exponent, constantInt(52));
  Value m = fromBits(arith::SubIOp::create(b, loc, bits(scaled), shifted));
  Value k = add(arith::SIToFPOp::create(b, loc, type, exponent), offset);
  Value s = div(sub(m, constant(1)), add(m, constant(1)));
  Value square = mul(s, s), sum = constant(1.0 / 25);
  for (int odd = 23; odd >= 1; odd -= 2)
    sum = fma(square, sum, constant(1.0 / odd));
  Value low = fma(k, constant(1.90821492927058770002e-10),
                  mul(mul(constant(2), s), sum));
  Value result = fma(k, constant(6.93147180369123816490e-01), low);
  double infinity = std::numeric_limits<double>::infinity();
  result = select(compare(arith::CmpFPredicate::OEQ, x, constant(infinity)), x,
                  result);
  result = select(compare(arith::CmpFPredicate::OEQ, x, constant(0)),
                  constant(-infinity), result);
  Value isValid = compare(arith::CmpFPredicate::OGE, x, constant(0));
  return select(isValid, result,
                constant(std::numeric_limits<double>::quiet_NaN()));
}

/// log(u) x / (u - 1) with u = 1 + x rounded: the quotient takes back what the
/// rounding of u did to the logarithm.
Value Doubles::log1p(Value x) {
  Value u = add(constant(1), x);
  Value result = mul(log(u), div(x, sub(u, constant(1))));
  // Where the quotient is 0 / 0 or infinite by infinite.
  auto isU = [&](double value) {
    return compare(arith::CmpFPredicate::OEQ, u, constant(value));
  };
  result = select(isU(1), x, result);
  return select(isU(std::numeric_limits<double>::infinity()), log(u), result);
}

/// 1 - 2 / (e^2x + 1), and the continued fraction x / (1 + x^2 / (3 + ...)) for
/// small x, where that cancels.
Value Doubles::tanh(Value x) {
  Value size = abs(x), square = mul(x, x), fraction = constant(27);
  for (int odd = 25; odd >= 1; odd -= 2)
    fraction = add(constant(odd), div(square, fraction));
  Value small = div(size, fraction);
  Value e = exp(mul(constant(2), size));
  Value large = sub(constant(1), div(constant(2), add(e, constant(1))));
  Value isSmall = compare(arith::CmpFPredicate::OLT, size, constant(0.6));
  return copySign(select(isSmall, small, large), x);
}

/// 2 / sqrt(pi) x e^(-x^2) (1 + 2x^2/3 (1 + 2x^2/5 (...))): all terms positive.
/// At 6 the function is 1 in f64.
Value Doubles::erf(Value x) {
  Value size = abs(x);
  Value isNumber = compare(arith::CmpFPredicate::ORD, x, x);
  Value clamped = arith::MinimumFOp::create(b, loc, size, constant(6));
  SmallVector<double> ratios;
  for (int odd = 3; odd < 3 + 2 * 130; odd += 2)
    ratios.push_back(odd / 2.0);
  Value square = mul(clamped, clamped);
  Value series = nested(square, ratios);
  Value e = exp(sub(constant(0), square));
  Value result =
      mul(mul(constant(2 * std::numbers::inv_sqrtpi), clamped), mul(e, series));
  Value isOne = compare(arith::CmpFPredicate::OGE, size, constant(6));
  result = select(isOne, constant(1), result);
  return select(isNumber, copySign(result, x), x);
}

namespace {
template <typename OpT, Value (Doubles::*Formula)(Value)>
struct Expand : OpRewritePattern<OpT> {
  using OpRewritePattern<OpT>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpT op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF64())
      return rewriter.notifyMatchFailure(op, "not f64");
    Doubles doubles(rewriter, op.getLoc(), op.getOperand());
    rewriter.replaceOp(op, (doubles.*Formula)(op.getOperand()));
    return success();
  }
};
} // namespace

void mpc::populateDoubleMathPatterns(RewritePatternSet &patterns) {
  patterns.add<
      Expand<math::ExpOp, &Doubles::exp>, Expand<math::LogOp, &Doubles::log>,
      Expand<math::Log1pOp, &Doubles::log1p>,
      Expand<math::TanhOp, &Doubles::tanh>, Expand<math::ErfOp, &Doubles::erf>>(
      patterns.getContext());
}

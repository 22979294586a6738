//===- PointwiseMath.cpp - arithmetic on vectors or scalars ---------------===//

#include "PointwiseMath.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace mpc;

Type PointwiseMath::withElement(Value like, Type element) {
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    return vector.clone(element);
  return element;
}

/// Splats a value of the element type over the shape of `like`.
static TypedAttr splatAttr(Value like, TypedAttr element) {
  if (auto vector = dyn_cast<VectorType>(like.getType()))
    return DenseElementsAttr::get(vector.clone(element.getType()),
                                  ArrayRef<Attribute>(element));
  return element;
}

Value PointwiseMath::splat(Value like, double value) {
  Type element = getElementTypeOrSelf(like);
  return create<arith::ConstantOp>(
      splatAttr(like, builder.getFloatAttr(element, value)));
}

Value PointwiseMath::splatInteger(Value like, int64_t value) {
  Type element = getElementTypeOrSelf(like);
  return create<arith::ConstantOp>(
      splatAttr(like, builder.getIntegerAttr(element, value)));
}

Value PointwiseMath::onePlusExpOfMinus(Value x) {
  return add(splat(x, 1), exp(neg(x)));
}

Value PointwiseMath::softplus(Value x) {
  Value positive = create<arith::MaximumFOp>(x, splat(x, 0));
  Value tail = exp(neg(create<math::AbsFOp>(x)));
  return add(positive, create<math::Log1pOp>(tail));
}

Value PointwiseMath::geluTanhArgument(Value x) {
  constexpr double sqrt2OverPi = 0.79788456080286535588;
  Value cube = mul(mul(x, x), x);
  return mul(splat(x, sqrt2OverPi), add(x, mul(splat(x, 0.044715), cube)));
}

/// Phi(x) + x phi(x) of the normal distribution.
Value PointwiseMath::geluExactSlope(Value x) {
  constexpr double rsqrt2Pi = 0.39894228040143267794;
  Value cumulative = mul(add(erf(mul(x, kRsqrt2)), 1), 0.5);
  Value density = mul(exp(mul(mul(x, x), -0.5)), rsqrt2Pi);
  return add(cumulative, mul(x, density));
}

/// 0.5 (1 + h) + 0.5 x (1 - h^2) u', h = tanh(u), u = sqrt(2/pi) (x + c x^3).
Value PointwiseMath::geluTanhSlope(Value x) {
  constexpr double sqrt2OverPi = 0.79788456080286535588, c = 0.044715;
  Value x2 = mul(x, x);
  Value u = mul(x, add(mul(x2, sqrt2OverPi * c), sqrt2OverPi));
  Value slopeOfU = add(mul(x2, 3 * sqrt2OverPi * c), sqrt2OverPi);
  Value h = tanh(u);
  Value inner = mul(mul(x, sub(1, mul(h, h))), slopeOfU);
  return mul(add(add(h, 1), inner), 0.5);
}

Value PointwiseMath::divInteger(Value a, Value b, bool isUnsigned) {
  Value zero = splatInteger(b, 0), one = splatInteger(b, 1);
  auto equals = [&](Value divisor) {
    return create<arith::CmpIOp>(arith::CmpIPredicate::eq, b, divisor);
  };
  auto select = [&](Value condition, Value yes, Value no) {
    return create<arith::SelectOp>(condition, yes, no);
  };
  Value isZero = equals(zero);
  Value divisor = select(isZero, one, b);
  if (isUnsigned)
    return select(isZero, zero, create<arith::DivUIOp>(a, divisor));
  Value isMinusOne = equals(splatInteger(b, -1));
  divisor = select(isMinusOne, one, divisor);
  Value quotient = create<arith::DivSIOp>(a, divisor);
  Value negated = create<arith::SubIOp>(zero, a);
  return select(isZero, zero, select(isMinusOne, negated, quotient));
}

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

Value PointwiseMath::toFloat(Value x, Type element) {
  Type from = getElementTypeOrSelf(x);
  if (from == element)
    return x;
  unsigned fromWidth = from.getIntOrFloatBitWidth();
  unsigned toWidth = element.getIntOrFloatBitWidth();
  if (fromWidth < toWidth)
    return create<arith::ExtFOp>(withElement(x, element), x);
  if (fromWidth > toWidth)
    return create<arith::TruncFOp>(withElement(x, element), x);
  // bf16 and f16 meet in f32.
  return toFloat(toFloat(x, builder.getF32Type()), element);
}

Value PointwiseMath::widen(Value x) {
  Type element = getElementTypeOrSelf(x);
  if (!isa<FloatType>(element) || element.getIntOrFloatBitWidth() >= 32)
    return x;
  return toFloat(x, builder.getF32Type());
}

Value PointwiseMath::convert(Value x, bool fromUnsigned, Type to) {
  if (isa<FloatType>(getElementTypeOrSelf(x)))
    return convertFromFloat(x, to);
  return convertFromInteger(x, fromUnsigned, to);
}

Value PointwiseMath::convertFromFloat(Value x, Type to) {
  if (isa<FloatType>(to))
    return toFloat(x, to);
  x = widen(x);
  if (to.isInteger(1))
    return create<arith::CmpFOp>(arith::CmpFPredicate::UNE, x, splat(x, 0));
  Type result =
      withElement(x, builder.getIntegerType(to.getIntOrFloatBitWidth()));
  if (to.isUnsignedInteger())
    return create<arith::FPToUIOp>(result, x);
  return create<arith::FPToSIOp>(result, x);
}

Value PointwiseMath::convertFromInteger(Value x, bool fromUnsigned, Type to) {
  unsigned fromWidth = getElementTypeOrSelf(x).getIntOrFloatBitWidth();
  unsigned toWidth = to.getIntOrFloatBitWidth();
  if (isa<FloatType>(to)) {
    Type wide = toWidth < 32 ? builder.getF32Type() : to;
    Value result = fromUnsigned
                       ? create<arith::UIToFPOp>(withElement(x, wide), x)
                       : create<arith::SIToFPOp>(withElement(x, wide), x);
    return toFloat(result, to);
  }
  if (fromWidth == toWidth)
    return x;
  if (toWidth == 1)
    return create<arith::CmpIOp>(arith::CmpIPredicate::ne, x,
                                 splatInteger(x, 0));
  Type result = withElement(x, builder.getIntegerType(toWidth));
  if (fromWidth > toWidth)
    return create<arith::TruncIOp>(result, x);
  if (fromUnsigned)
    return create<arith::ExtUIOp>(result, x);
  return create<arith::ExtSIOp>(result, x);
}

//===----------------------------------------------------------------------===//
// Philox
//===----------------------------------------------------------------------===//

std::pair<Value, Value> PointwiseMath::splitWords(Value wide) {
  Type word = withElement(wide, builder.getI32Type());
  Value high = create<arith::ShRUIOp>(wide, splatInteger(wide, 32));
  return {create<arith::TruncIOp>(word, wide),
          create<arith::TruncIOp>(word, high)};
}

Value PointwiseMath::philox(Value index, Value step, uint64_t seed) {
  constexpr uint32_t multiplier0 = 0xD2511F53, multiplier1 = 0xCD9E8D57;
  constexpr uint32_t weyl0 = 0x9E3779B9, weyl1 = 0xBB67AE85;
  constexpr int rounds = 10;
  auto [c0, c1] = splitWords(index);
  auto [c2, c3] = splitWords(step);
  // The key is uniform, so its schedule is computed here.
  uint32_t key0 = static_cast<uint32_t>(seed);
  uint32_t key1 = static_cast<uint32_t>(seed >> 32);
  auto word = [&](uint32_t value) {
    return splatInteger(c0, static_cast<int32_t>(value));
  };
  auto multiply = [&](Value x, uint32_t multiplier) {
    auto product =
        arith::MulUIExtendedOp::create(builder, loc, x, word(multiplier));
    return std::pair<Value, Value>(product.getLow(), product.getHigh());
  };
  auto mix = [&](Value a, Value b, uint32_t key) {
    return create<arith::XOrIOp>(create<arith::XOrIOp>(a, b), word(key));
  };
  for (int round = 0; round < rounds; ++round) {
    auto [low0, high0] = multiply(c0, multiplier0);
    auto [low1, high1] = multiply(c2, multiplier1);
    Value next0 = mix(high1, c1, key0), next2 = mix(high0, c3, key1);
    c0 = next0, c1 = low1, c2 = next2, c3 = low0;
    key0 += weyl0, key1 += weyl1;
  }
  return c0;
}

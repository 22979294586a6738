//===- PointwiseMath.h - arithmetic on vectors or scalars -------*- C++ -*-===//
//
// What the emission of pointwise ops is made of. Every function takes vectors
// of one shape (or scalars) and returns one of that shape; integers are
// signless.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_IR_POINTWISEMATH_H
#define MPC_LIB_IR_POINTWISEMATH_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

namespace mpc {

inline constexpr double kRsqrt2 = 0.70710678118654752440;

class PointwiseMath {
public:
  using Value = mlir::Value;

  PointwiseMath(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  template <typename OpT, typename... Args> Value create(Args &&...args) {
    return OpT::create(builder, loc, std::forward<Args>(args)...);
  }

  /// `value` in the shape and element type of `like`.
  Value splat(Value like, double value);
  Value splatInteger(Value like, int64_t value);

  Value add(Value a, Value b) { return create<mlir::arith::AddFOp>(a, b); }
  Value add(Value a, double b) { return add(a, splat(a, b)); }
  Value sub(double a, Value b) {
    return create<mlir::arith::SubFOp>(splat(b, a), b);
  }
  Value mul(Value a, Value b) { return create<mlir::arith::MulFOp>(a, b); }
  Value mul(Value a, double b) { return mul(a, splat(a, b)); }
  Value div(Value a, Value b) { return create<mlir::arith::DivFOp>(a, b); }
  Value neg(Value x) { return create<mlir::arith::NegFOp>(x); }
  Value exp(Value x) { return create<mlir::math::ExpOp>(x); }
  Value tanh(Value x) { return create<mlir::math::TanhOp>(x); }
  Value erf(Value x) { return create<mlir::math::ErfOp>(x); }
  /// 1 + e^-x, the denominator of sigmoid and silu.
  Value onePlusExpOfMinus(Value x);
  /// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), in which nothing overflows.
  Value softplus(Value x);
  /// sqrt(2/pi) (x + 0.044715 x^3).
  Value geluTanhArgument(Value x);
  /// The derivatives of gelu's two forms at x.
  Value geluExactSlope(Value x);
  Value geluTanhSlope(Value x);

  /// Quotient toward zero; 0 for a zero divisor, and wraps for MIN / -1, both
  /// of which would trap.
  Value divInteger(Value a, Value b, bool isUnsigned);

  /// Another float type, rounded to nearest even.
  Value toFloat(Value x, mlir::Type element);
  /// f32 for narrower floats.
  Value widen(Value x);
  /// Any element type to any other; `fromUnsigned` says how to read integers.
  Value convert(Value x, bool fromUnsigned, mlir::Type to);

  /// The first word of Philox4x32-10 (Salmon et al., SC'11) for the counter
  /// (index, step), each 64 bits low word first, and the key `seed`.
  Value philox(Value index, Value step, uint64_t seed);

private:
  /// The shape of `like` with another element type.
  static mlir::Type withElement(Value like, mlir::Type element);
  Value convertFromFloat(Value x, mlir::Type to);
  Value convertFromInteger(Value x, bool fromUnsigned, mlir::Type to);
  std::pair<Value, Value> splitWords(Value wide);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace mpc

#endif

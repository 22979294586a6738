//===- ThreadMath.cpp - index arithmetic of a thread ----------------------===//

#include "ThreadMath.h"

using namespace mlir;
using namespace mpc;

Digits::Digits(VectorBuilder &vectors, Value number, int64_t extent)
    : v(vectors), rest(number), extent(extent) {
  OpBuilder &b = v.getBuilder();
  if (extent <= std::numeric_limits<int32_t>::max())
    rest = arith::IndexCastUIOp::create(b, v.getLoc(), b.getI32Type(), rest);
}

Value Digits::take(int64_t size) {
  OpBuilder &b = v.getBuilder();
  Location loc = v.getLoc();
  auto toIndex = [&](Value value) -> Value {
    if (value.getType().isIndex())
      return value;
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), value);
  };
  if (size == 1)
    return v.index(0);
  if (size >= extent)
    return toIndex(rest);
  Value base =
      arith::ConstantOp::create(b, loc, b.getIntegerAttr(rest.getType(), size));
  Value digit = arith::RemUIOp::create(b, loc, rest, base);
  rest = arith::DivUIOp::create(b, loc, rest, base);
  extent = ceilDiv(extent, size);
  return toIndex(digit);
}

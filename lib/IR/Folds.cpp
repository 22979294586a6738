//===- Folds.cpp - what an elementwise op, cast or reduction is equal to --===//
//
// A constant is folded as the splat of its value over its type.
//
//===----------------------------------------------------------------------===//

#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;
using llvm::APFloat;
using llvm::APInt;

Operation *MPCDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location loc) {
  auto splat = dyn_cast<SplatElementsAttr>(value);
  if (!splat || splat.getType() != type || !hasModelShape(type))
    return nullptr;
  return ConstantOp::create(builder, loc, type,
                            cast<TypedAttr>(splat.getSplatValue<Attribute>()));
}

OpFoldResult ConstantOp::fold(FoldAdaptor) {
  return SplatElementsAttr::get(cast<ShapedType>(getType()),
                                Attribute(getValue()));
}

/// The one value of a folded constant; null when `operand` is none.
template <typename AttrT> static AttrT splatOf(Attribute operand) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(operand);
  return splat ? dyn_cast<AttrT>(splat.getSplatValue<Attribute>()) : AttrT();
}

static OpFoldResult splat(Type type, Attribute value) {
  return SplatElementsAttr::get(cast<ShapedType>(type), value);
}

/// Is every element of `operand` the number `value`?
static bool isSplat(Attribute operand, int value) {
  if (auto real = splatOf<FloatAttr>(operand))
    return real.getValue().isExactlyValue(value);
  if (auto integer = splatOf<IntegerAttr>(operand))
    return integer.getValue() ==
           APInt(64, value, /*isSigned=*/true)
               .sextOrTrunc(integer.getValue().getBitWidth());
  return false;
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

using FloatFunction = APFloat (*)(const APFloat &, const APFloat &);
/// None where the result is undefined, as in a division by zero.
using IntegerFunction = std::optional<APInt> (*)(const APInt &, const APInt &,
                                                 bool isUnsigned);

/// The value of an op with two constant operands; null functions fold nothing.
template <typename Op>
static OpFoldResult foldConstants(Op op, ArrayRef<Attribute> operands,
                                  FloatFunction onFloats,
                                  IntegerFunction onIntegers) {
  auto lhs = splatOf<FloatAttr>(operands[0]);
  auto rhs = splatOf<FloatAttr>(operands[1]);
  if (lhs && rhs && onFloats)
    return splat(op.getType(),
                 FloatAttr::get(lhs.getType(),
                                onFloats(lhs.getValue(), rhs.getValue())));
  auto left = splatOf<IntegerAttr>(operands[0]);
  auto right = splatOf<IntegerAttr>(operands[1]);
  if (!left || !right || !onIntegers)
    return {};
  std::optional<APInt> value = onIntegers(left.getValue(), right.getValue(),
                                          left.getType().isUnsignedInteger() ||
                                              left.getType().isInteger(1));
  return value ? splat(op.getType(), IntegerAttr::get(left.getType(), *value))
               : OpFoldResult();
}

/// The left operand, when the right one is `neutral` and broadcasts into it.
template <typename Op>
static OpFoldResult foldNeutral(Op op, Attribute rhs, int neutral) {
  if (op.getLhs().getType() == op.getType() && isSplat(rhs, neutral))
    return op.getLhs();
  return {};
}

/// The operand, when both are the same value.
template <typename Op> static OpFoldResult foldIdempotent(Op op) {
  return op.getLhs() == op.getRhs() ? OpFoldResult(op.getLhs())
                                    : OpFoldResult();
}

// x + 0 -> x turns a -0.0 that would have become +0.0 into itself.
OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), 0))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return a + b; },
      [](const APInt &a, const APInt &b, bool) {
        return std::optional(a + b);
      });
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), 0))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return a - b; },
      [](const APInt &a, const APInt &b, bool) {
        return std::optional(a - b);
      });
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), 1))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return a * b; },
      [](const APInt &a, const APInt &b, bool) {
        return std::optional(a * b);
      });
}

static std::optional<APInt> divide(const APInt &a, const APInt &b,
                                   bool isUnsigned) {
  if (b.isZero() || (!isUnsigned && a.isMinSignedValue() && b.isAllOnes()))
    return std::nullopt;
  return isUnsigned ? a.udiv(b) : a.sdiv(b);
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), 1))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return a / b; }, divide);
}

OpFoldResult PowOp::fold(FoldAdaptor adaptor) {
  return foldNeutral(*this, adaptor.getRhs(), 1);
}

OpFoldResult MaximumOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldIdempotent(*this))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return llvm::maximum(a, b); },
      [](const APInt &a, const APInt &b, bool isUnsigned) {
        return std::optional((isUnsigned ? a.ugt(b) : a.sgt(b)) ? a : b);
      });
}

OpFoldResult MinimumOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldIdempotent(*this))
    return lhs;
  return foldConstants(
      *this, adaptor.getOperands(),
      [](const APFloat &a, const APFloat &b) { return llvm::minimum(a, b); },
      [](const APInt &a, const APInt &b, bool isUnsigned) {
        return std::optional((isUnsigned ? a.ult(b) : a.slt(b)) ? a : b);
      });
}

OpFoldResult AndOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldIdempotent(*this))
    return lhs;
  // All bits set: `true`, or -1.
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), -1))
    return lhs;
  return foldConstants(*this, adaptor.getOperands(), nullptr,
                       [](const APInt &a, const APInt &b, bool) {
                         return std::optional(a & b);
                       });
}

OpFoldResult OrOp::fold(FoldAdaptor adaptor) {
  if (OpFoldResult lhs = foldIdempotent(*this))
    return lhs;
  if (OpFoldResult lhs = foldNeutral(*this, adaptor.getRhs(), 0))
    return lhs;
  return foldConstants(*this, adaptor.getOperands(), nullptr,
                       [](const APInt &a, const APInt &b, bool) {
                         return std::optional(a | b);
                       });
}

OpFoldResult NegOp::fold(FoldAdaptor adaptor) {
  if (auto inner = getInput().getDefiningOp<NegOp>())
    return inner.getInput();
  if (auto value = splatOf<FloatAttr>(adaptor.getInput()))
    return splat(getType(), FloatAttr::get(value.getType(), -value.getValue()));
  return {};
}

OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  Value chosen;
  if (getOnTrue() == getOnFalse())
    chosen = getOnTrue();
  else if (auto condition = splatOf<IntegerAttr>(adaptor.getCondition()))
    chosen = condition.getValue().isZero() ? getOnFalse() : getOnTrue();
  return chosen && chosen.getType() == getType() ? OpFoldResult(chosen)
                                                 : OpFoldResult();
}

OpFoldResult DropoutOp::fold(FoldAdaptor) {
  return getRate().isZero() ? OpFoldResult(getInput()) : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// Casts and reductions
//===----------------------------------------------------------------------===//

/// Does `wide` hold every value of `narrow`?
static bool holdsAll(Type wide, Type narrow) {
  auto wideFloat = dyn_cast<FloatType>(wide);
  auto narrowFloat = dyn_cast<FloatType>(narrow);
  if (wideFloat && narrowFloat)
    return APFloat::isRepresentableBy(narrowFloat.getFloatSemantics(),
                                      wideFloat.getFloatSemantics());
  // Equal signedness only: i1 and ui8 are unsigned, the others signed.
  return wide.isSignlessInteger() && narrow.isSignlessInteger() &&
         !narrow.isInteger(1) &&
         wide.getIntOrFloatBitWidth() >= narrow.getIntOrFloatBitWidth();
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  // bf16 -> f32 -> bf16: nothing was lost on the way.
  if (auto inner = getInput().getDefiningOp<CastOp>())
    if (inner.getInput().getType() == getType() &&
        holdsAll(getElementTypeOrSelf(inner.getType()),
                 getElementTypeOrSelf(getType())))
      return inner.getInput();
  auto value = splatOf<FloatAttr>(adaptor.getInput());
  auto target = dyn_cast<FloatType>(getElementTypeOrSelf(getType()));
  if (!value || !target)
    return {};
  APFloat converted = value.getValue();
  bool losesInfo;
  converted.convert(target.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                    &losesInfo);
  return splat(getType(), FloatAttr::get(target, converted));
}

OpFoldResult ReduceOp::fold(FoldAdaptor adaptor) {
  if (getInput().getType() == getType())
    return getInput();
  // A sum would round in an order of its own.
  auto splatInput = dyn_cast_or_null<SplatElementsAttr>(adaptor.getInput());
  if (splatInput && getKind() != ReductionKind::Sum)
    return splat(getType(), splatInput.getSplatValue<Attribute>());
  return {};
}

//===----------------------------------------------------------------------===//
// Reshards
//===----------------------------------------------------------------------===//

OpFoldResult ReshardOp::fold(FoldAdaptor) {
  if (getFrom() == getTo())
    return getInput();
  // A placement that others read as well is made only once.
  auto inner = getInput().getDefiningOp<ReshardOp>();
  if (!inner || !inner->hasOneUse() || inner.getTo() != getFrom())
    return {};
  setOperand(inner.getInput());
  setFromAttr(inner.getFromAttr());
  return getResult();
}

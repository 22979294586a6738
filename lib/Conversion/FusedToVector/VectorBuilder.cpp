//===- VectorBuilder.cpp - memory and registers of lanes ------------------===//

#include "VectorBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type mpc::getMemoryType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  return element.isUnsignedInteger()
             ? IntegerType::get(element.getContext(),
                                element.getIntOrFloatBitWidth())
             : element;
}

Type mpc::getRegisterType(Type element) {
  if (isNarrowFloat(element))
    return Float32Type::get(element.getContext());
  return element.isInteger(1) ? element : getMemoryType(element);
}

MemRefType mpc::getBufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get({type.getNumElements()},
                         getMemoryType(type.getElementType()));
}

static bool isVector(Value value) { return isa<VectorType>(value.getType()); }

/// `element` in the shape of `like`.
static Type shapedLike(Value like, Type element) {
  auto vector = dyn_cast<VectorType>(like.getType());
  return vector ? vector.clone(element) : element;
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

Value VectorBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, loc, value);
}

Value VectorBuilder::add(Value x, Value y) {
  return arith::AddIOp::create(b, loc, x, y);
}

Value VectorBuilder::addScaled(Value base, Value by, int64_t stride) {
  if (stride != 1)
    by = arith::MulIOp::create(b, loc, by, index(stride));
  return base ? add(base, by) : by;
}

Value VectorBuilder::scalar(TypedAttr value) {
  Type type = getRegisterType(value.getType());
  TypedAttr converted = value;
  if (auto number = dyn_cast<FloatAttr>(value))
    converted = FloatAttr::get(type, number.getValueAsDouble());
  else if (auto number = dyn_cast<IntegerAttr>(value))
    converted = IntegerAttr::get(type, number.getValue());
  return arith::ConstantOp::create(b, loc, converted);
}

Value VectorBuilder::steps(int64_t stride) {
  SmallVector<int64_t> values;
  for (int64_t lane = 0; lane < lanes; ++lane)
    values.push_back(lane * stride);
  return arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(vectorOf(b.getI64Type()), ArrayRef(values)));
}

Value VectorBuilder::firstLanes(int64_t count) {
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), count, true);
  return arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(vectorOf(b.getI1Type()), ArrayRef(bits)));
}

Value VectorBuilder::firstLanes(Value count) {
  Value wide = arith::IndexCastOp::create(b, loc, b.getI64Type(), count);
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, steps(1),
                               splat(wide));
}

Value VectorBuilder::splat(Value value) {
  if (isVector(value))
    return value;
  return vector::BroadcastOp::create(b, loc, vectorOf(value.getType()), value);
}

Value VectorBuilder::zeroOf(Type type) {
  return arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value VectorBuilder::toRegister(Value value) {
  Type element = getElementTypeOrSelf(value);
  if (!isNarrowFloat(element))
    return value;
  return arith::ExtFOp::create(b, loc, shapedLike(value, b.getF32Type()),
                               value);
}

Value VectorBuilder::fromMemory(Value value, Type element) {
  if (!element.isInteger(1))
    return toRegister(value);
  Value zero = zeroOf(value.getType());
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, value, zero);
}

Value VectorBuilder::toMemory(Value value, Type element) {
  Type memory = shapedLike(value, getMemoryType(element));
  if (memory == value.getType())
    return value;
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, loc, memory, value);
  return arith::TruncFOp::create(b, loc, memory, value);
}

Value VectorBuilder::loadScalar(Value buffer, Value offset, Type element) {
  return fromMemory(memref::LoadOp::create(b, loc, buffer, ValueRange{offset}),
                    element);
}

void VectorBuilder::storeScalar(Value value, Value buffer, Value offset,
                                Type element) {
  memref::StoreOp::create(b, loc, toMemory(value, element), buffer,
                          ValueRange{offset});
}

Value VectorBuilder::gatherOffsets(const LaneAddress &address) {
  if (!address.laneOffsets)
    return steps(address.stride);
  if (address.stride == 0)
    return address.laneOffsets;
  return add(address.laneOffsets, steps(address.stride));
}

llvm::MaybeAlign VectorBuilder::getAlignment(VectorType type) const {
  if (memory.alignment == 0)
    return {};
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return llvm::Align(std::min(bytes, memory.alignment));
}

Value VectorBuilder::getLaneOffset(const LaneAddress &address, int64_t lane) {
  Value offset = add(address.offset, index(lane * address.stride));
  if (!address.laneOffsets)
    return offset;
  Value own = vector::ExtractOp::create(b, loc, address.laneOffsets, lane);
  return add(offset, arith::IndexCastOp::create(b, loc, b.getIndexType(), own));
}

Value VectorBuilder::loadOneByOne(const LaneAddress &from, VectorType type) {
  SmallVector<Value> elements;
  for (int64_t lane = 0; lane < lanes; ++lane)
    elements.push_back(memref::LoadOp::create(
        b, loc, from.buffer, ValueRange{getLaneOffset(from, lane)}));
  return vector::FromElementsOp::create(b, loc, type, elements);
}

void VectorBuilder::storeOneByOne(Value stored, const LaneAddress &to) {
  for (int64_t lane = 0; lane < lanes; ++lane)
    memref::StoreOp::create(b, loc,
                            vector::ExtractOp::create(b, loc, stored, lane),
                            to.buffer, ValueRange{getLaneOffset(to, lane)});
}

Value VectorBuilder::loadLanes(const LaneAddress &from, Type element) {
  VectorType type = vectorOf(getMemoryType(element));
  ValueRange offset(from.offset);
  bool contiguous = from.stride == 1 && !from.laneOffsets;
  if (contiguous && !from.mask)
    return fromMemory(vector::LoadOp::create(b, loc, type, from.buffer, offset,
                                             /*nontemporal=*/false,
                                             getAlignment(type)),
                      element);
  if (memory.oneByOne && !from.mask)
    return fromMemory(loadOneByOne(from, type), element);
  Value zeros = zeroOf(type);
  if (contiguous)
    return fromMemory(vector::MaskedLoadOp::create(b, loc, type, from.buffer,
                                                   offset, from.mask, zeros),
                      element);
  Value mask = from.mask ? from.mask : firstLanes(lanes);
  return fromMemory(vector::GatherOp::create(b, loc, type, from.buffer, offset,
                                             gatherOffsets(from), mask, zeros),
                    element);
}

void VectorBuilder::storeLanes(Value value, const LaneAddress &to,
                               Type element) {
  Value stored = toMemory(splat(value), element);
  ValueRange offset(to.offset);
  if (to.stride == 1 && !to.mask) {
    vector::StoreOp::create(b, loc, stored, to.buffer, offset,
                            /*nontemporal=*/false,
                            getAlignment(cast<VectorType>(stored.getType())));
    return;
  }
  if (memory.oneByOne && !to.mask)
    return storeOneByOne(stored, to);
  if (to.stride == 1) {
    vector::MaskedStoreOp::create(b, loc, to.buffer, offset, to.mask, stored);
    return;
  }
  Value mask = to.mask ? to.mask : firstLanes(lanes);
  vector::ScatterOp::create(b, loc, Type(), to.buffer, offset,
                            gatherOffsets(to), mask, stored);
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static bool isUnsigned(Type element) {
  return element.isUnsignedInteger() || element.isInteger(1);
}

Value VectorBuilder::neutral(ReductionKind kind, Type element) {
  Type type = getRegisterType(element);
  if (kind == ReductionKind::Sum)
    return zeroOf(type);
  bool isMax = kind == ReductionKind::Max;
  if (auto number = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(
        b, loc,
        FloatAttr::get(type,
                       APFloat::getInf(number.getFloatSemantics(), isMax)));
  unsigned width = type.getIntOrFloatBitWidth();
  APInt value = isUnsigned(element) ? (isMax ? APInt::getMinValue(width)
                                             : APInt::getMaxValue(width))
                                    : (isMax ? APInt::getSignedMinValue(width)
                                             : APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(b, loc, IntegerAttr::get(type, value));
}

/// The operation of a reduction, as vector.reduction names it.
static vector::CombiningKind getCombining(ReductionKind kind, Type element) {
  using enum vector::CombiningKind;
  if (kind == ReductionKind::Sum)
    return ADD;
  bool isMax = kind == ReductionKind::Max;
  if (isa<FloatType>(element))
    return isMax ? MAXIMUMF : MINIMUMF;
  if (isUnsigned(element))
    return isMax ? MAXUI : MINUI;
  return isMax ? MAXSI : MINSI;
}

Value VectorBuilder::combine(ReductionKind kind, Type element, Value x,
                             Value y) {
  using enum vector::CombiningKind;
  switch (getCombining(kind, element)) {
  case ADD:
    if (isa<FloatType>(element))
      return arith::AddFOp::create(b, loc, x, y);
    return arith::AddIOp::create(b, loc, x, y);
  case MAXIMUMF:
    return arith::MaximumFOp::create(b, loc, x, y);
  case MINIMUMF:
    return arith::MinimumFOp::create(b, loc, x, y);
  case MAXUI:
    return arith::MaxUIOp::create(b, loc, x, y);
  case MINUI:
    return arith::MinUIOp::create(b, loc, x, y);
  case MAXSI:
    return arith::MaxSIOp::create(b, loc, x, y);
  case MINSI:
    return arith::MinSIOp::create(b, loc, x, y);
  default:
    llvm_unreachable("not a reduction of the dialect");
  }
}

Value VectorBuilder::reduceLanes(ReductionKind kind, Type element,
                                 Value vector) {
  // `reassoc` allows a tree instead of a chain of additions; which tree is
  // fixed when the kernel is compiled.
  auto flags = isa<FloatType>(element) ? arith::FastMathFlags::reassoc
                                       : arith::FastMathFlags::none;
  return vector::ReductionOp::create(b, loc, getCombining(kind, element),
                                     vector, flags);
}

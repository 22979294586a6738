//===- TeamReduction.cpp - shuffles and shared memory ---------------------===//

#include "TeamReduction.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mpc;

/// What shuffles and shared memory take: 32 bits or more.
Value TeamReduction::toWire(Value value) {
  if (value.getType().getIntOrFloatBitWidth() >= 32)
    return value;
  return arith::ExtUIOp::create(b, v.getLoc(), b.getI32Type(), value);
}

Value TeamReduction::fromWire(Value value, Type type) {
  if (value.getType() == type)
    return value;
  return arith::TruncIOp::create(b, v.getLoc(), type, value);
}

Value TeamReduction::combine(const Operand &operand, Value x, Value y) {
  return v.combine(operand.kind, operand.element, x, y);
}

/// The value of the lane whose number differs in the bit `distance`.
Value TeamReduction::shuffle(Value value, int64_t distance) {
  Location loc = v.getLoc();
  Type type = value.getType();
  auto move = [&](Value word) -> Value {
    return gpu::ShuffleOp::create(b, loc, word, distance, kWarp,
                                  gpu::ShuffleMode::XOR)
        .getShuffleResult();
  };
  if (type.getIntOrFloatBitWidth() <= 32)
    return fromWire(move(toWire(value)), type);
  // In two halves.
  Type i32 = b.getI32Type(), i64 = b.getI64Type();
  bool isFloat = isa<FloatType>(type);
  if (isFloat)
    value = arith::BitcastOp::create(b, loc, i64, value);
  Value half = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(32));
  Value low = move(arith::TruncIOp::create(b, loc, i32, value));
  Value high = move(arith::TruncIOp::create(
      b, loc, i32, arith::ShRUIOp::create(b, loc, value, half)));
  Value whole = arith::OrIOp::create(
      b, loc, arith::ExtUIOp::create(b, loc, i64, low),
      arith::ShLIOp::create(b, loc, arith::ExtUIOp::create(b, loc, i64, high),
                            half));
  return isFloat ? arith::BitcastOp::create(b, loc, type, whole) : whole;
}

/// A butterfly over the members of the team in this warp. Both partners compute
/// the same, so all get the same bits.
Value TeamReduction::overWarp(const Operand &operand, Value value) {
  int64_t first = block.membersAdjacent ? 1 : block.teams;
  int64_t end = block.membersAdjacent ? std::min(block.team, kWarp) : kWarp;
  for (int64_t distance = first; distance < end; distance *= 2)
    value = combine(operand, value, shuffle(value, distance));
  return value;
}

/// One thread a group and team puts what its warp has found in the buffer.
void TeamReduction::writeGroup(Value value, Value buffer) {
  Location loc = v.getLoc();
  int64_t teams = block.membersAdjacent ? 1 : block.teams;
  int64_t groupSize = std::max(kWarp, teams);
  Value lane = arith::RemUIOp::create(b, loc, thread, v.index(groupSize));
  Value group = arith::DivUIOp::create(b, loc, thread, v.index(groupSize));
  Value writes = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, lane,
                                       v.index(teams));
  Value at = v.addScaled(lane, group, teams);
  auto own = scf::IfOp::create(b, loc, writes);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(own.thenBlock());
  memref::StoreOp::create(b, loc, toWire(value), buffer, at);
}

Value TeamReduction::readGroups(const Operand &operand, Value buffer,
                                Type type) {
  int64_t teams = block.membersAdjacent ? 1 : block.teams;
  Value result;
  for (int64_t group = 0; group < block.getNumGroups(); ++group) {
    Value at = v.index(group * teams);
    if (teams > 1)
      at = v.add(at, team);
    Value part = fromWire(
        memref::LoadOp::create(b, v.getLoc(), buffer, ValueRange{at}), type);
    result = result ? combine(operand, result, part) : part;
  }
  return result;
}

SmallVector<Value> TeamReduction::reduce(ArrayRef<Operand> operands) {
  Location loc = v.getLoc();
  /// The elements of the values: those of a vector are reduced by themselves.
  struct Element {
    Operand operand;
    Value value, buffer;
  };
  SmallVector<Element> elements;
  for (const Operand &operand : operands) {
    auto vector = dyn_cast<VectorType>(operand.value.getType());
    for (int64_t i = 0, end = vector ? vector.getNumElements() : 1; i < end;
         ++i) {
      Value value = operand.value;
      if (vector)
        value = vector::ExtractOp::create(b, loc, value, i);
      elements.push_back({operand, overWarp(operand, value), {}});
    }
  }
  if (!operands.empty() && block.getNumGroups() > 1) {
    int64_t size =
        block.getNumGroups() * (block.membersAdjacent ? 1 : block.teams);
    auto space = gpu::AddressSpaceAttr::get(
        b.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
    for (Element &element : elements) {
      Type type = element.value.getType();
      if (type.getIntOrFloatBitWidth() < 32)
        type = b.getI32Type();
      element.buffer = function.addWorkgroupAttribution(
          MemRefType::get({size}, type, MemRefLayoutAttrInterface(), space),
          loc);
      writeGroup(element.value, element.buffer);
    }
    gpu::BarrierOp::create(b, loc);
    for (Element &element : elements)
      element.value =
          readGroups(element.operand, element.buffer, element.value.getType());
  }
  SmallVector<Value> results;
  auto next = elements.begin();
  for (const Operand &operand : operands) {
    auto vector = dyn_cast<VectorType>(operand.value.getType());
    if (!vector) {
      results.push_back((next++)->value);
      continue;
    }
    SmallVector<Value> parts;
    for (int64_t i = 0; i < vector.getNumElements(); ++i)
      parts.push_back((next++)->value);
    results.push_back(vector::FromElementsOp::create(b, loc, vector, parts));
  }
  return results;
}

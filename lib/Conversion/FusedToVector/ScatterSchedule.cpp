//===- ScatterSchedule.cpp - sums of rows into a table --------------------===//
//
// A slice owns table rows: it clears them, then walks all ids in order and adds
// the rows that are its own. Every element has one writer and one order of additions.
//
//===----------------------------------------------------------------------===//

#include "RowSchedule.h"

using namespace mlir;
using namespace mpc;

namespace {
class ScatterEmitter {
public:
  ScatterEmitter(ScatterAddOp op, VectorBuilder &vectors, ValueRange arguments)
      : op(op), v(vectors), b(vectors.getBuilder()), loc(vectors.getLoc()) {
    ids = arguments[*getInputNumber(op.getIds())];
    updates = arguments[*getInputNumber(op.getUpdates())];
    table = arguments[op->getNumOperands()];
    if (op.getOffset())
      offset = arguments[op->getNumOperands() + 1];
    element = getElementTypeOrSelf(op.getResult());
    for (int64_t size : getShape(op.getResult()).drop_front())
      rowSize *= size;
  }
  void clear(Value begin, Value end);
  void addRows(Value begin, Value end);

private:
  Value getRow(Value position);
  void addRow(Value row, Value position);
  void addLanes(Value to, Value from, Value mask);
  void forEach(Value begin, Value end, int64_t step, function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b, loc, begin, end, v.index(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  ScatterAddOp op;
  VectorBuilder &v;
  OpBuilder &b;
  Location loc;
  Value ids, updates, table, offset;
  Type element;
  int64_t rowSize = 1;
};
} // namespace

void ScatterEmitter::clear(Value begin, Value end) {
  Value zeros = v.splat(v.zeroOf(getRegisterType(element)));
  Value first = v.addScaled({}, begin, rowSize), last = v.addScaled({}, end, rowSize);
  forEach(first, last, v.getLanes(), [&](Value at) {
    Value left = arith::SubIOp::create(b, loc, last, at);
    v.storeLanes(zeros, {table, at, 1, v.firstLanes(left), {}}, element);
  });
}

/// The table row that the id at `position` names here.
Value ScatterEmitter::getRow(Value position) {
  Type type = getElementTypeOrSelf(op.getIds());
  Value id = v.loadScalar(ids, position, type), row;
  if (type.isUnsignedInteger())
    row = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), id);
  else
    row = arith::IndexCastOp::create(b, loc, b.getIndexType(), id);
  if (!offset)
    return row;
  Value start = arith::IndexCastOp::create(b, loc, b.getIndexType(), offset);
  return arith::SubIOp::create(b, loc, row, start);
}

void ScatterEmitter::addLanes(Value to, Value from, Value mask) {
  Value sum = v.loadLanes({table, to, 1, mask, {}}, element);
  Value update = v.loadLanes({updates, from, 1, mask, {}}, element);
  v.storeLanes(v.combine(ReductionKind::Sum, element, sum, update), {table, to, 1, mask, {}},
               element);
}

void ScatterEmitter::addRow(Value row, Value position) {
  Value to = v.addScaled({}, row, rowSize), from = v.addScaled({}, position, rowSize);
  int64_t whole = rowSize / v.getLanes() * v.getLanes();
  if (whole > 0)
    forEach(v.index(0), v.index(whole), v.getLanes(), [&](Value lane) {
      addLanes(v.add(to, lane), v.add(from, lane), {});
    });
  if (rowSize > whole) {
    Value lane = v.index(whole);
    addLanes(v.add(to, lane), v.add(from, lane), v.firstLanes(rowSize - whole));
  }
}

void ScatterEmitter::addRows(Value begin, Value end) {
  int64_t count = cast<RankedTensorType>(op.getIds().getType()).getNumElements();
  forEach(v.index(0), v.index(count), 1, [&](Value position) {
    Value row = getRow(position);
    Value from = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, row, begin);
    Value to = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, end);
    auto own = scf::IfOp::create(b, loc, arith::AndIOp::create(b, loc, from, to));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(own.thenBlock());
    addRow(row, position);
  });
}

void mpc::emitScatter(FusedOp fused, VectorBuilder &vectors, ValueRange arguments,
                      Value begin, Value end) {
  auto op = cast<ScatterAddOp>(fused.getBody().front().front());
  ScatterEmitter emitter(op, vectors, arguments);
  emitter.clear(begin, end);
  emitter.addRows(begin, end);
}

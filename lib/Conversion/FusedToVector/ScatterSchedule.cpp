//===- ScatterSchedule.cpp - sums of rows into a table --------------------===//
//
// A slice owns table rows: it clears them (or takes those of the table that is
// added to), then walks all ids in order and adds the rows that are its own. Every element has one writer and one order of
// additions.
//
//===----------------------------------------------------------------------===//

#include "RowSchedule.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mpc;

namespace {
class ScatterEmitter {
public:
  ScatterEmitter(const ScatterRegion &region, VectorBuilder &vectors,
                 ValueRange arguments)
      : op(region.scatter), v(vectors), b(vectors.getBuilder()), loc(vectors.getLoc()) {
    ids = arguments[*getInputNumber(op.getIds())];
    updates = arguments[*getInputNumber(op.getUpdates())];
    if (region.base)
      base = arguments[*getInputNumber(region.base)];
    auto fused = op->getParentOfType<FusedOp>();
    table = arguments[fused->getNumOperands()];
    if (op.getOffset())
      offset = arguments[fused->getNumOperands() + 1];
    element = getElementTypeOrSelf(op.getResult());
    for (int64_t size : getShape(op.getResult()).drop_front())
      rowSize *= size;
  }
  void prepareRows(Value begin, Value end);
  void addRows(Value begin, Value end);

private:
  void fillRows(Value begin, Value end);
  Value getRow(Value position);
  void addRow(Value row, Value position);
  void addLanes(Value to, Value from, Value mask);
  void forEach(Value begin, Value end, int64_t step,
               function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b, loc, begin, end, v.index(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  ScatterAddOp op;
  VectorBuilder &v;
  OpBuilder &b;
  Location loc;
  Value ids, updates, table, base, offset;
  Type element;
  int64_t rowSize = 1;
};
} // namespace

/// What rows are added to: zeros, or a copy of the base.
void ScatterEmitter::fillRows(Value begin, Value end) {
  Value zeros = v.splat(v.zeroOf(getRegisterType(element)));
  Value first = v.addScaled({}, begin, rowSize),
        last = v.addScaled({}, end, rowSize);
  forEach(first, last, v.getLanes(), [&](Value at) {
    Value left = arith::SubIOp::create(b, loc, last, at);
    LaneAddress to{table, at, 1, v.firstLanes(left), {}}, from = to;
    from.buffer = base;
    v.storeLanes(base ? v.loadLanes(from, element) : zeros, to, element);
  });
}

void ScatterEmitter::prepareRows(Value begin, Value end) {
  if (!base)
    return fillRows(begin, end);
  auto address = [&](Value buffer) {
    return memref::ExtractAlignedPointerAsIndexOp::create(b, loc, buffer);
  };
  // In place there is nothing to copy.
  Value moves = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                      address(base), address(table));
  auto copy = scf::IfOp::create(b, loc, moves);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(copy.thenBlock());
  fillRows(begin, end);
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
  v.storeLanes(v.combine(ReductionKind::Sum, element, sum, update),
               {table, to, 1, mask, {}}, element);
}

void ScatterEmitter::addRow(Value row, Value position) {
  Value to = v.addScaled({}, row, rowSize),
        from = v.addScaled({}, position, rowSize);
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
  int64_t count =
      cast<RankedTensorType>(op.getIds().getType()).getNumElements();
  forEach(v.index(0), v.index(count), 1, [&](Value position) {
    Value row = getRow(position);
    Value from =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, row, begin);
    Value to =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, row, end);
    auto own =
        scf::IfOp::create(b, loc, arith::AndIOp::create(b, loc, from, to));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(own.thenBlock());
    addRow(row, position);
  });
}

void mpc::emitScatter(const ScatterRegion &region, VectorBuilder &vectors,
                      ValueRange arguments, Value begin, Value end) {
  ScatterEmitter emitter(region, vectors, arguments);
  emitter.prepareRows(begin, end);
  emitter.addRows(begin, end);
}

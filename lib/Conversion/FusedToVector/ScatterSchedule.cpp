//===- ScatterSchedule.cpp - sums of rows into a table --------------------===//
//
// A slice owns table rows: it clears them (or takes those of the table that is
// added to), then walks all ids in order and adds the rows that are its own.
// Every element has one writer and one order of additions.
//
//===----------------------------------------------------------------------===//

#include "RowSchedule.h"
#include "ScatterTable.h"

using namespace mlir;
using namespace mpc;

namespace {
class ScatterEmitter {
public:
  ScatterEmitter(const ScatterRegion &region, VectorBuilder &vectors,
                 ValueRange arguments)
      : t(region, vectors, arguments), v(vectors), b(vectors.getBuilder()),
        loc(vectors.getLoc()) {}
  void prepareRows(Value begin, Value end) {
    t.prepare([&] { fillRows(begin, end); });
  }
  void addRows(Value begin, Value end);

private:
  void fillRows(Value begin, Value end);
  void addRow(Value row, Value position);
  void addLanes(Value to, Value from, Value mask);
  void forEach(Value begin, Value end, int64_t step,
               function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b, loc, begin, end, v.index(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }

  ScatterTable t;
  VectorBuilder &v;
  OpBuilder &b;
  Location loc;
};
} // namespace

/// What rows are added to: zeros, or a copy of the base.
void ScatterEmitter::fillRows(Value begin, Value end) {
  Value zeros = v.splat(v.zeroOf(getRegisterType(t.element)));
  Value first = v.addScaled({}, begin, t.rowSize),
        last = v.addScaled({}, end, t.rowSize);
  forEach(first, last, v.getLanes(), [&](Value at) {
    Value left = arith::SubIOp::create(b, loc, last, at);
    LaneAddress to{t.table, at, 1, v.firstLanes(left), {}}, from = to;
    from.buffer = t.base;
    v.storeLanes(t.base ? v.loadLanes(from, t.element) : zeros, to, t.element);
  });
}

void ScatterEmitter::addLanes(Value to, Value from, Value mask) {
  Value sum = v.loadLanes({t.table, to, 1, mask, {}}, t.element);
  Value update = v.loadLanes({t.updates, from, 1, mask, {}}, t.element);
  v.storeLanes(v.combine(ReductionKind::Sum, t.element, sum, update),
               {t.table, to, 1, mask, {}}, t.element);
}

void ScatterEmitter::addRow(Value row, Value position) {
  Value to = v.addScaled({}, row, t.rowSize),
        from = v.addScaled({}, position, t.rowSize);
  int64_t whole = t.rowSize / v.getLanes() * v.getLanes();
  if (whole > 0)
    forEach(v.index(0), v.index(whole), v.getLanes(), [&](Value lane) {
      addLanes(v.add(to, lane), v.add(from, lane), {});
    });
  if (t.rowSize > whole) {
    Value lane = v.index(whole);
    addLanes(v.add(to, lane), v.add(from, lane),
             v.firstLanes(t.rowSize - whole));
  }
}

void ScatterEmitter::addRows(Value begin, Value end) {
  forEach(v.index(0), v.index(t.positions), 1, [&](Value position) {
    Value row = t.getRow(position);
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

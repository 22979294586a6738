//===- BlockScatter.cpp - rows of a block, columns of a thread ------------===//

#include "BlockScatter.h"
#include "../FusedToVector/ScatterTable.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mpc;

/// Walking over all ids is shared by this many rows, if enough blocks are left.
static constexpr int64_t kMaxRows = 64, kWantedBlocks = 1024;
static constexpr int64_t kMaxThreads = 256;

ScatterPlan::ScatterPlan(const ScatterRegion &region, int64_t alignment) {
  ScatterAddOp op = region.scatter;
  auto table = cast<RankedTensorType>(op.getResult().getType());
  tableRows = table.getDimSize(0);
  rowSize = table.getNumElements() / tableRows;
  int64_t bytes = table.getElementTypeBitWidth() / 8;
  width = std::max<int64_t>(1, std::min<int64_t>(alignment, 16) / bytes);
  while (rowSize % width != 0)
    width /= 2;
  threads =
      std::clamp<int64_t>(llvm::PowerOf2Ceil(getSteps()), kWarp, kMaxThreads);
  rows = std::clamp<int64_t>(tableRows / kWantedBlocks, 1, kMaxRows);
}

namespace {
class BlockScatterEmitter {
public:
  BlockScatterEmitter(const ScatterRegion &region, const ScatterPlan &plan,
                      VectorBuilder &vectors, ValueRange arguments,
                      Value blockNumber, Value thread)
      : t(region, vectors, arguments), plan(plan), v(vectors),
        b(vectors.getBuilder()), loc(vectors.getLoc()), thread(thread) {
    begin = arith::MulIOp::create(b, loc, blockNumber, v.index(plan.rows));
    end = arith::MinUIOp::create(b, loc, v.add(begin, v.index(plan.rows)),
                                 v.index(t.rows));
  }
  void prepareRows() {
    t.prepare([&] { fillRows(); });
  }
  void addRows();

private:
  void fillRows();
  void forColumns(function_ref<void(Value)> body);
  void addFound(Value mask, Value row, Value first);
  void addRow(Value row, Value position);
  Value load(Value buffer, Value at);
  void store(Value value, Value at);

  ScatterTable t;
  const ScatterPlan &plan;
  VectorBuilder &v;
  OpBuilder &b;
  Location loc;
  Value thread, begin, end;
};
} // namespace

Value BlockScatterEmitter::load(Value buffer, Value at) {
  if (plan.width == 1)
    return v.loadScalar(buffer, at, t.element);
  return v.loadLanes({buffer, at, 1, {}, {}}, t.element);
}

void BlockScatterEmitter::store(Value value, Value at) {
  if (plan.width == 1)
    v.storeScalar(value, t.table, at, t.element);
  else
    v.storeLanes(value, {t.table, at, 1, {}, {}}, t.element);
}

/// The first columns of the thread's vectors.
void BlockScatterEmitter::forColumns(function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, thread, v.index(plan.getSteps()),
                                 v.index(plan.threads));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(v.addScaled({}, loop.getInductionVar(), plan.width));
}

/// What rows are added to: zeros, or a copy of the base.
void BlockScatterEmitter::fillRows() {
  auto loop = scf::ForOp::create(b, loc, begin, end, v.index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  forColumns([&](Value column) {
    Value at = v.addScaled(column, loop.getInductionVar(), t.rowSize);
    store(t.base ? load(t.base, at) : v.zeroOf(getRegisterType(t.element)), at);
  });
}

void BlockScatterEmitter::addRow(Value row, Value position) {
  forColumns([&](Value column) {
    Value to = v.addScaled(column, row, t.rowSize);
    Value from = v.addScaled(column, position, t.rowSize);
    store(v.combine(ReductionKind::Sum, t.element, load(t.table, to),
                    load(t.updates, from)),
          to);
  });
}

/// One row for every bit of `mask`, the lowest first. `row` is that of the
/// thread's own position, `first + lane`.
void BlockScatterEmitter::addFound(Value mask, Value row, Value first) {
  Type i32 = b.getI32Type();
  auto constant = [&](int32_t value) -> Value {
    return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(value));
  };
  Value zero = constant(0), one = constant(1), warp = constant(kWarp);
  auto loop = scf::WhileOp::create(b, loc, TypeRange(i32), mask);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, i32, loc);
  Value left = before->getArgument(0);
  Value some =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, left, zero);
  scf::ConditionOp::create(b, loc, some, left);
  Block *after = b.createBlock(&loop.getAfter(), {}, i32, loc);
  left = after->getArgument(0);
  Value lane = math::CountTrailingZerosOp::create(b, loc, left);
  Value found =
      gpu::ShuffleOp::create(b, loc, row, lane, warp, gpu::ShuffleMode::IDX)
          .getShuffleResult();
  auto toIndex = [&](Value value) {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), value);
  };
  addRow(v.add(begin, toIndex(found)), v.add(first, toIndex(lane)));
  Value rest = arith::AndIOp::create(b, loc, left,
                                     arith::SubIOp::create(b, loc, left, one));
  scf::YieldOp::create(b, loc, rest);
}

void BlockScatterEmitter::addRows() {
  auto loop = scf::ForOp::create(b, loc, v.index(0), v.index(t.positions),
                                 v.index(kWarp));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value first = loop.getInductionVar();
  Value lane = arith::RemUIOp::create(b, loc, thread, v.index(kWarp));
  Value position = v.add(first, lane);
  auto compare = [&](arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  };
  Value exists =
      compare(arith::CmpIPredicate::ult, position, v.index(t.positions));
  position = arith::MinUIOp::create(b, loc, position, v.index(t.positions - 1));
  Value row = t.getRow(position);
  Value own = arith::AndIOp::create(
      b, loc, compare(arith::CmpIPredicate::sge, row, begin),
      compare(arith::CmpIPredicate::slt, row, end));
  own = arith::AndIOp::create(b, loc, own, exists);
  Value all = arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(-1));
  Value mask = NVVM::VoteSyncOp::create(b, loc, b.getI32Type(), all, own,
                                        NVVM::VoteSyncKind::ballot);
  Value inBlock = arith::IndexCastOp::create(
      b, loc, b.getI32Type(), arith::SubIOp::create(b, loc, row, begin));
  addFound(mask, inBlock, first);
}

void mpc::emitBlockScatter(const ScatterRegion &region, const ScatterPlan &plan,
                           VectorBuilder &vectors, ValueRange arguments,
                           Value blockNumber, Value thread) {
  BlockScatterEmitter emitter(region, plan, vectors, arguments, blockNumber,
                              thread);
  emitter.prepareRows();
  emitter.addRows();
}

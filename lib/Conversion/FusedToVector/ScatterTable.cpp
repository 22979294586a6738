//===- ScatterTable.cpp - buffers of a sum of rows ------------------------===//

#include "ScatterTable.h"
#include "KernelPlan.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mpc;

ScatterTable::ScatterTable(const ScatterRegion &region, VectorBuilder &vectors,
                           ValueRange arguments)
    : v(vectors), b(vectors.getBuilder()), loc(vectors.getLoc()) {
  ScatterAddOp op = region.scatter;
  ids = arguments[*getInputNumber(op.getIds())];
  updates = arguments[*getInputNumber(op.getUpdates())];
  if (region.base)
    base = arguments[*getInputNumber(region.base)];
  auto fused = op->getParentOfType<FusedOp>();
  table = arguments[fused->getNumOperands()];
  if (op.getOffset())
    offset = arguments[fused->getNumOperands() + 1];
  auto type = cast<RankedTensorType>(op.getResult().getType());
  element = type.getElementType();
  rows = type.getDimSize(0);
  rowSize = type.getNumElements() / rows;
  idElement = getElementTypeOrSelf(op.getIds());
  positions = cast<RankedTensorType>(op.getIds().getType()).getNumElements();
}

Value ScatterTable::getRow(Value position) {
  Type index = b.getIndexType();
  Value id = v.loadScalar(ids, position, idElement);
  Value row = idElement.isUnsignedInteger()
                  ? arith::IndexCastUIOp::create(b, loc, index, id).getResult()
                  : arith::IndexCastOp::create(b, loc, index, id).getResult();
  if (!offset)
    return row;
  Value start = arith::IndexCastOp::create(b, loc, index, offset);
  return arith::SubIOp::create(b, loc, row, start);
}

void ScatterTable::prepare(function_ref<void()> fill) {
  if (!base)
    return fill();
  auto address = [&](Value buffer) {
    return memref::ExtractAlignedPointerAsIndexOp::create(b, loc, buffer);
  };
  Value moves = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne,
                                      address(base), address(table));
  auto copy = scf::IfOp::create(b, loc, moves);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(copy.thenBlock());
  fill();
}

//===- BlockPoints.cpp - what a thread's item and points are --------------===//

#include "BlockSchedule.h"
#include "ThreadMath.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Conditions
//===----------------------------------------------------------------------===//

Value BlockSchedule::isBelow(Value number, int64_t end) {
  return arith::CmpIOp::create(b, v.getLoc(), arith::CmpIPredicate::ult, number,
                               v.index(end));
}

Value BlockSchedule::atMost(Value number, int64_t last) {
  return arith::MinUIOp::create(b, v.getLoc(), number, v.index(last));
}

Value BlockSchedule::both(Value x, Value y) {
  if (!x || !y)
    return x ? x : y;
  return arith::AndIOp::create(b, v.getLoc(), x, y);
}

void BlockSchedule::ifActive(Value active, function_ref<void()> body) {
  if (!active)
    return body();
  auto guarded = scf::IfOp::create(b, v.getLoc(), active);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(guarded.thenBlock());
  body();
}

//===----------------------------------------------------------------------===//
// Numbers to indices
//===----------------------------------------------------------------------===//

void BlockSchedule::bindLane(Scope &scope, Value step) {
  emitter.bind(scope, *plan.lane, v.addScaled({}, step, block.width));
  scope.hasLane = hasVectors();
}

void BlockSchedule::bindItem(Value number) {
  Digits digits(v, number, block.items);
  if (plan.lane && !plan.isLaneInner())
    bindLane(item, digits.take(block.laneSteps));
  for (unsigned factor : llvm::reverse(plan.outer))
    emitter.bind(item, factor, digits.take(plan.sizes[factor]));
}

BlockSchedule::Point BlockSchedule::makePoint(Value number, Value active) {
  Point point{Scope(&item), active};
  Digits digits(v, number, block.points);
  if (plan.isLaneInner())
    bindLane(point.scope, digits.take(block.laneSteps));
  for (unsigned factor : llvm::reverse(plan.loops))
    emitter.bind(point.scope, factor, digits.take(plan.sizes[factor]));
  return point;
}

BlockSchedule::Points BlockSchedule::makeResidentPoints() {
  Points points;
  for (int64_t copy = 0; copy < block.copies; ++copy) {
    Value number = v.add(member, v.index(copy * block.team)), active;
    if ((copy + 1) * block.team > block.points) {
      active = isBelow(number, block.points);
      number = atMost(number, block.points - 1);
    }
    points.push_back(makePoint(number, active));
  }
  return points;
}

//===- BlockSchedule.cpp - items, points and phases of threads ------------===//

#include "BlockSchedule.h"
#include "ThreadMath.h"

using namespace mlir;
using namespace mpc;

/// Bodies of more ops are walked one point at a time.
static constexpr size_t kSmallBody = 8, kMediumBody = 32;

BlockSchedule::BlockSchedule(const KernelPlan &plan, const BlockPlan &block,
                             VectorBuilder &vectors, gpu::GPUFuncOp function,
                             ValueRange arguments)
    : plan(plan), block(block), v(vectors), b(vectors.getBuilder()),
      arguments(arguments), emitter(plan, vectors, this->arguments),
      reduction(block, vectors, function) {}

unsigned BlockSchedule::getUnroll() const {
  size_t ops = plan.op->getRegion(0).front().getOperations().size();
  return ops <= kSmallBody ? 4 : ops <= kMediumBody ? 2 : 1;
}

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

void BlockSchedule::emit(Value blockNumber, Value thread, bool overwrites) {
  Location loc = v.getLoc();
  kernel = emitter.makeFunctionScope();
  emitter.hoist(kernel, /*level=*/0);
  Digits digits(v, thread, block.getBlockSize());
  Value team;
  if (block.membersAdjacent) {
    member = digits.take(block.team);
    team = digits.take(block.teams);
  } else {
    team = digits.take(block.teams);
    member = digits.take(block.team);
  }
  reduction.setThread(thread, team);
  Value number = team;
  if (block.getGridSize() > 1)
    number = v.add(
        arith::MulIOp::create(b, loc, blockNumber, v.index(block.teams)), team);
  if (plan.hasReductions())
    emitTeam(number, overwrites);
  else
    emitLine(number);
}

/// Nothing is reduced: a thread has a vector of its own, or an element behind
/// the last vector, or nothing to do.
void BlockSchedule::emitLine(Value number) {
  bool isFull = block.tail == 0 && block.items % block.teams == 0;
  ifActive(isFull ? Value() : isBelow(number, block.items), [&] {
    item = Scope(&kernel);
    bindItem(number);
    emitter.hoist(item, /*level=*/0);
    storeItem(/*overwrites=*/false);
  });
  if (block.tail > 0)
    emitTail(number);
}

void BlockSchedule::emitTail(Value number) {
  Location loc = v.getLoc();
  Value rest = arith::SubIOp::create(b, loc, number, v.index(block.items));
  // Numbers of vectors wrap to large ones.
  ifActive(isBelow(rest, block.tail), [&] {
    item = Scope(&kernel);
    emitter.bind(item, *plan.lane,
                 v.add(rest, v.index(block.laneSteps * block.width)));
    emitter.hoist(item, /*level=*/0);
    storeItem(/*overwrites=*/false);
  });
}

void BlockSchedule::emitTeam(Value number, bool overwrites) {
  if (block.items % block.teams != 0) {
    itemActive = isBelow(number, block.items);
    number = atMost(number, block.items - 1);
  }
  item = Scope(&kernel);
  bindItem(number);
  emitter.hoist(item, /*level=*/0);
  Points resident = makeResidentPoints();
  for (unsigned level = 0; level < plan.numPhases; ++level)
    emitPhase(level, resident);
  storeItem(overwrites);
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

void BlockSchedule::emitPhase(unsigned level, MutableArrayRef<Point> resident) {
  emitter.hoist(item, level);
  Phase phase = plan.getPhase(level);
  if (phase.isEmpty())
    return;
  finish(phase,
         block.isResident() ? emitResident(phase, resident) : emitWalk(phase));
}

/// What a point adds to a reduction; nothing where the thread lacks the point.
Value BlockSchedule::emitReduced(ReduceOp reduce, Point &point) {
  Type element = getElementTypeOrSelf(reduce.getInput());
  Value value = emitter.emitOperand(reduce->getOpOperand(0), point.scope);
  if (hasVectors())
    value = v.splat(value);
  if (!point.active)
    return value;
  Value neutral = v.neutral(reduce.getKind(), element);
  if (hasVectors())
    neutral = v.splat(neutral);
  return arith::SelectOp::create(b, v.getLoc(), point.active, value, neutral);
}

BlockSchedule::Values
BlockSchedule::emitResident(const Phase &phase, MutableArrayRef<Point> points) {
  Values accumulators;
  for (ReduceOp reduce : phase.reductions) {
    Value sum;
    for (Point &point : points) {
      Value value = emitReduced(reduce, point);
      sum = sum ? v.combine(reduce.getKind(),
                            getElementTypeOrSelf(reduce.getInput()), sum, value)
                : value;
    }
    accumulators.push_back(sum);
  }
  storePoints(phase, points);
  return accumulators;
}

/// Several points at once, then single ones. Accumulators of one reduction
/// follow each other.
BlockSchedule::Values BlockSchedule::emitWalk(const Phase &phase) {
  unsigned unroll =
      std::min<int64_t>(getUnroll(), llvm::bit_floor(uint64_t(std::max<int64_t>(
                                         1, block.points / block.team))));
  Values accumulators;
  for (ReduceOp reduce : phase.reductions) {
    Value start =
        v.neutral(reduce.getKind(), getElementTypeOrSelf(reduce.getInput()));
    accumulators.append(unroll, hasVectors() ? v.splat(start) : start);
  }
  int64_t step = unroll * block.team, end = block.points / step * step;
  accumulators = walk(phase, 0, end, unroll, accumulators);
  accumulators = walk(phase, end, block.points, 1, accumulators);
  Values sums;
  for (auto [r, entry] : llvm::enumerate(phase.reductions)) {
    ReduceOp reduce = entry;
    MutableArrayRef<Value> own =
        MutableArrayRef(accumulators).slice(r * unroll, unroll);
    for (unsigned width = unroll / 2; width > 0; width /= 2)
      for (unsigned i = 0; i < width; ++i)
        own[i] =
            v.combine(reduce.getKind(), getElementTypeOrSelf(reduce.getInput()),
                      own[i], own[i + width]);
    sums.push_back(own.front());
  }
  return sums;
}

/// The thread's points in [begin, end), `unroll` at a time.
BlockSchedule::Values BlockSchedule::walk(const Phase &phase, int64_t begin,
                                          int64_t end, unsigned unroll,
                                          Values accumulators) {
  if (begin == end)
    return accumulators;
  Location loc = v.getLoc();
  auto loop =
      scf::ForOp::create(b, loc, v.add(member, v.index(begin)), v.index(end),
                         v.index(unroll * block.team), accumulators);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Points points;
  for (unsigned i = 0; i < unroll; ++i)
    points.push_back(makePoint(
        v.add(loop.getInductionVar(), v.index(i * block.team)), Value()));
  Values sums(loop.getRegionIterArgs());
  size_t each = phase.reductions.empty()
                    ? 0
                    : accumulators.size() / phase.reductions.size();
  for (auto [i, point] : llvm::enumerate(points))
    for (auto [r, entry] : llvm::enumerate(phase.reductions)) {
      ReduceOp reduce = entry;
      Value &sum = sums[r * each + i];
      sum = v.combine(reduce.getKind(), getElementTypeOrSelf(reduce.getInput()),
                      sum, emitReduced(reduce, point));
    }
  storePoints(phase, points);
  if (begin == 0)
    countReads(points.front().scope);
  if (accumulators.empty())
    return {};
  scf::YieldOp::create(b, loc, sums);
  return Values(loop.getResults());
}

/// A store may overwrite what another result of the point reads.
void BlockSchedule::storePoints(const Phase &phase,
                                MutableArrayRef<Point> points) {
  for (Point &point : points)
    for (unsigned output : phase.outputs)
      emitter.prepare(output, point.scope);
  for (Point &point : points)
    ifActive(both(itemActive, point.active), [&] {
      for (unsigned output : phase.outputs)
        emitter.store(output, point.scope);
    });
}

void BlockSchedule::finish(const Phase &phase, ArrayRef<Value> accumulators) {
  SmallVector<TeamReduction::Operand> operands;
  for (auto [entry, value] : llvm::zip_equal(phase.reductions, accumulators)) {
    ReduceOp reduce = entry;
    Type element = getElementTypeOrSelf(reduce.getInput());
    Value own = value;
    if (hasVectors() && plan.isLaneInner())
      own = v.reduceLanes(reduce.getKind(), element, own);
    operands.push_back({reduce.getKind(), element, own});
  }
  SmallVector<Value> results = reduction.reduce(operands);
  for (auto [entry, value] : llvm::zip_equal(phase.reductions, results)) {
    ReduceOp reduce = entry;
    item.values[reduce.getResult()] = value;
  }
}

/// What spans P only, by the team's first member.
void BlockSchedule::storeItem(bool overwrites) {
  SmallVector<unsigned> outputs;
  for (unsigned output = 0; output < plan.writes.size(); ++output)
    if (!plan.spansInner(output))
      outputs.push_back(output);
  if (outputs.empty())
    return;
  for (unsigned output : outputs)
    emitter.prepare(output, item);
  Value active = itemActive;
  if (block.team > 1) {
    // All of the team has read what the first member overwrites.
    if (overwrites)
      gpu::BarrierOp::create(b, v.getLoc());
    active = both(active, isBelow(member, 1));
  }
  ifActive(active, [&] {
    for (unsigned output : outputs)
      emitter.store(output, item);
  });
}

void BlockSchedule::countReads(const Scope &scope) {
  for (auto &[read, value] : scope.reads)
    ++passes[read];
}

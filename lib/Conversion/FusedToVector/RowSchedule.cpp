//===- RowSchedule.cpp - loops over units, tiles and phases ---------------===//

#include "RowSchedule.h"

using namespace mlir;
using namespace mpc;

/// Bodies of more ops are not repeated: registers and compile time.
static constexpr size_t kSmallBody = 8, kMediumBody = 32;

RowSchedule::RowSchedule(const KernelPlan &plan, VectorBuilder &vectors,
                         ValueRange arguments)
    : plan(plan), v(vectors), emitter(plan, vectors, arguments) {}

unsigned RowSchedule::getUnroll() const {
  if (!plan.hasReductions())
    return 1;
  size_t ops = plan.op->getRegion(0).front().getOperations().size();
  unsigned vectors = ops <= kSmallBody                          ? 4
                     : ops <= kMediumBody || plan.isLaneInner() ? 2
                                                                : 1;
  if (plan.isLaneInner())
    return vectors;
  return std::min<int64_t>(vectors,
                           std::max<int64_t>(1, plan.block / v.getLanes()));
}

RowSchedule::Values
RowSchedule::loop(Value begin, Value end, int64_t step, Values carried,
                  function_ref<Values(Value, Values)> body) {
  OpBuilder &b = v.getBuilder();
  auto op = scf::ForOp::create(
      b, v.getLoc(), begin, end, v.index(step), carried,
      [&](OpBuilder &inner, Location loc, Value index, ValueRange arguments) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPoint(inner.getInsertionBlock(),
                            inner.getInsertionPoint());
        Values results = body(index, Values(arguments));
        scf::YieldOp::create(b, loc, results);
      });
  return Values(op.getResults());
}

void RowSchedule::emit(Value begin, Value end) {
  Scope function = emitter.makeFunctionScope();
  emitter.hoist(function, /*level=*/0);
  loop(begin, end, 1, {}, [&](Value unit, Values) {
    emitUnit(unit, function);
    return Values();
  });
}

void RowSchedule::emitUnit(Value unit, const Scope &function) {
  OpBuilder &b = v.getBuilder();
  Scope scope(&function);
  Value rest = unit;
  // Takes the minor digit of `rest`, in base `size`.
  auto takeDigit = [&](int64_t size, bool isMajor) {
    if (size == 1)
      return v.index(0);
    if (isMajor)
      return rest;
    Value base = v.index(size);
    Value digit = arith::RemUIOp::create(b, v.getLoc(), rest, base);
    rest = arith::DivUIOp::create(b, v.getLoc(), rest, base);
    return digit;
  };
  Value block;
  if (!plan.isBlockMajor)
    block = takeDigit(plan.getNumLaneBlocks(), plan.outer.empty());
  for (unsigned factor : llvm::reverse(plan.outer)) {
    bool isMajor = factor == plan.outer.front() && !plan.isBlockMajor;
    emitter.bind(scope, factor, takeDigit(plan.sizes[factor], isMajor));
  }
  if (plan.isBlockMajor)
    block = takeDigit(plan.getNumLaneBlocks(), /*isMajor=*/true);
  emitter.hoist(scope, /*level=*/0);
  if (plan.lane && !plan.isLaneInner())
    return emitLaneBlock(block, scope);
  SmallVector<Scope, 4> row;
  row.emplace_back(&scope);
  emitPhases(row);
}

/// Full tiles of the block, then what is left of the last block, masked.
void RowSchedule::emitLaneBlock(Value block, Scope &unit) {
  OpBuilder &b = v.getBuilder();
  Location loc = v.getLoc();
  unsigned vectors = getUnroll();
  int64_t tile = vectors * v.getLanes(), size = plan.sizes[*plan.lane];
  int64_t full = size / tile * tile, rest = size - full;
  Value begin = arith::MulIOp::create(b, loc, block, v.index(plan.block));
  Value end = v.add(begin, v.index(plan.block));
  if (full > 0) {
    Value stop = arith::MinUIOp::create(b, loc, end, v.index(full));
    loop(begin, stop, tile, {}, [&](Value lane, Values) {
      emitTile(unit, lane, vectors, v.getLanes());
      return Values();
    });
  }
  if (rest == 0)
    return;
  auto emitRest = [&] {
    unsigned restVectors = ceilDiv(rest, v.getLanes());
    emitTile(unit, v.index(full), restVectors,
             rest - (restVectors - 1) * v.getLanes());
  };
  if (plan.getNumLaneBlocks() == 1)
    return emitRest();
  Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, end,
                                       v.index(size));
  scf::IfOp::create(b, loc, isLast, [&](OpBuilder &inner, Location) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(inner.getInsertionBlock(), inner.getInsertionPoint());
    emitRest();
    scf::YieldOp::create(b, loc);
  });
}

void RowSchedule::setCopies(SmallVectorImpl<Scope> &copies, const Scope &parent,
                            Value lane, unsigned vectors, int64_t lastLanes) {
  for (unsigned i = 0; i < vectors; ++i) {
    Scope &copy = copies.emplace_back(&parent);
    copy.hasLane = true;
    Value start = i == 0 ? lane : v.add(lane, v.index(i * v.getLanes()));
    emitter.bind(copy, *plan.lane, start);
    if (i + 1 == vectors && lastLanes < v.getLanes())
      copy.mask = v.firstLanes(lastLanes);
  }
}

void RowSchedule::emitTile(const Scope &unit, Value lane, unsigned vectors,
                           int64_t lastLanes) {
  SmallVector<Scope, 4> copies;
  setCopies(copies, unit, lane, vectors, lastLanes);
  emitPhases(copies);
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

void RowSchedule::emitPhases(Copies copies) {
  for (unsigned level = 0; level < plan.numPhases; ++level) {
    emitter.setPhase(level);
    for (Scope &copy : copies)
      emitter.hoist(copy, level);
    Phase phase = plan.getPhase(level);
    if (phase.isEmpty())
      continue;
    Values accumulators;
    for (ReduceOp reduce : phase.reductions) {
      Type element = getElementTypeOrSelf(reduce.getInput());
      Value start = v.neutral(reduce.getKind(), element);
      if (plan.lane)
        start = v.splat(start);
      accumulators.append(getNumAccumulators(copies), start);
    }
    finish(phase, copies, emitLoops(phase, copies, 0, accumulators));
  }
  emitter.setPhase(plan.numPhases);
  for (Scope &copy : copies) {
    SmallVector<unsigned> outputs;
    for (unsigned output = 0; output < plan.writes.size(); ++output)
      if (!plan.spansInner(output))
        outputs.push_back(output);
    for (unsigned output : outputs)
      emitter.prepare(output, copy);
    for (unsigned output : outputs)
      emitter.store(output, copy);
  }
}

unsigned RowSchedule::getNumAccumulators(Copies copies) const {
  return plan.isLaneInner() ? getUnroll() : copies.size();
}

RowSchedule::Values RowSchedule::emitLoops(const Phase &phase, Copies copies,
                                           unsigned depth,
                                           Values accumulators) {
  if (depth == plan.loops.size()) {
    if (plan.isLaneInner())
      return emitInnerLane(phase, copies.front(), accumulators);
    SmallVector<Scope, 4> points;
    for (Scope &copy : copies)
      points.emplace_back(&copy);
    return emitBody(phase, points, accumulators);
  }
  unsigned factor = plan.loops[depth];
  return loop(v.index(0), v.index(plan.sizes[factor]), 1, accumulators,
              [&](Value index, Values carried) {
                SmallVector<Scope, 4> inner;
                for (Scope &copy : copies)
                  emitter.bind(inner.emplace_back(&copy), factor, index);
                return emitLoops(phase, inner, depth + 1, carried);
              });
}

/// The lane is reduced: unrolled vectors, single ones, a masked tail.
RowSchedule::Values RowSchedule::emitInnerLane(const Phase &phase, Scope &row,
                                               Values accumulators) {
  int64_t lanes = v.getLanes(), size = plan.sizes[*plan.lane];
  unsigned unroll = phase.reductions.empty() ? 1 : getUnroll();
  int64_t step = unroll * lanes, unrolled = size / step * step;
  int64_t whole = size / lanes * lanes;
  auto emitAt = [&](Value lane, unsigned vectors, int64_t lastLanes,
                    Values carried) {
    SmallVector<Scope, 4> copies;
    setCopies(copies, row, lane, vectors, lastLanes);
    return emitBody(phase, copies, carried);
  };
  if (unrolled > 0)
    accumulators = loop(v.index(0), v.index(unrolled), step, accumulators,
                        [&](Value lane, Values carried) {
                          return emitAt(lane, unroll, lanes, carried);
                        });
  if (whole > unrolled)
    accumulators = loop(v.index(unrolled), v.index(whole), lanes, accumulators,
                        [&](Value lane, Values carried) {
                          return emitAt(lane, 1, lanes, carried);
                        });
  if (size > whole)
    accumulators = emitAt(v.index(whole), 1, size - whole, accumulators);
  return accumulators;
}

/// One point (or vector) of every copy; copy i adds to accumulator i of each
/// reduction.
RowSchedule::Values RowSchedule::emitBody(const Phase &phase, Copies copies,
                                          Values accumulators) {
  OpBuilder &b = v.getBuilder();
  unsigned numAccumulators =
      phase.reductions.empty() ? 0
                               : accumulators.size() / phase.reductions.size();
  for (auto [i, copy] : llvm::enumerate(copies)) {
    for (auto it : llvm::enumerate(phase.reductions)) {
      size_t r = it.index();
      ReduceOp reduce = it.value();
      Type element = getElementTypeOrSelf(reduce.getInput());
      Value value = emitter.emitOperand(reduce->getOpOperand(0), copy);
      if (plan.lane)
        value = v.splat(value);
      if (copy.mask) {
        Value neutral = v.splat(v.neutral(reduce.getKind(), element));
        value =
            arith::SelectOp::create(b, v.getLoc(), copy.mask, value, neutral);
      }
      Value &accumulator = accumulators[r * numAccumulators + i];
      accumulator = v.combine(reduce.getKind(), element, accumulator, value);
    }
    // A store may overwrite what another result of this point reads.
    for (unsigned output : phase.outputs)
      emitter.prepare(output, copy);
    for (Value value : phase.kept)
      emitter.keep(value, copy);
    for (unsigned output : phase.outputs)
      emitter.store(output, copy);
  }
  return accumulators;
}

void RowSchedule::finish(const Phase &phase, Copies copies,
                         Values accumulators) {
  unsigned count = getNumAccumulators(copies);
  for (auto it : llvm::enumerate(phase.reductions)) {
    size_t r = it.index();
    ReduceOp reduce = it.value();
    MutableArrayRef<Value> own =
        MutableArrayRef(accumulators).slice(r * count, count);
    if (!plan.isLaneInner()) {
      for (auto [copy, value] : llvm::zip_equal(copies, own))
        copy.values[reduce.getResult()] = value;
      continue;
    }
    Type element = getElementTypeOrSelf(reduce.getInput());
    for (unsigned width = count / 2; width > 0; width /= 2)
      for (unsigned i = 0; i < width; ++i)
        own[i] = v.combine(reduce.getKind(), element, own[i], own[i + width]);
    copies.front().values[reduce.getResult()] =
        v.reduceLanes(reduce.getKind(), element, own.front());
  }
}

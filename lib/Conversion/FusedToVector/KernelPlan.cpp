//===- KernelPlan.cpp - accesses, merged factors, lane and loops ----------===//

#include "KernelPlan.h"

using namespace mlir;
using namespace mpc;

/// Lane elements a unit has: enough to amortise its index arithmetic, and few
/// enough accumulators for a column reduction to stay in registers.
static constexpr int64_t kPointwiseBlock = 1024, kReductionBlock = 64;
/// Rows that a gather touches, so that the next unit finds them in a cache.
static constexpr int64_t kGatherBlock = 64;
/// Points below which a slice is not worth a thread.
static constexpr int64_t kMinSlicePoints = 1024;
static constexpr int64_t kCacheLine = 64;

BitVector LinearForm::getSpan() const {
  BitVector span(strides.size());
  for (auto [factor, stride] : llvm::enumerate(strides))
    if (stride != 0)
      span.set(factor);
  return span;
}

std::optional<unsigned> mpc::getInputNumber(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return argument.getArgNumber();
  return std::nullopt;
}

int64_t KernelPlan::getNumLaneBlocks() const {
  return lane && !isLaneInner() ? ceilDiv(sizes[*lane], block) : 1;
}

unsigned KernelPlan::getWritePhase(unsigned output) const {
  if (!spansInner(output))
    return numPhases;
  return getLevel(op->getRegion(0).front().getTerminator()->getOperand(output));
}

unsigned KernelPlan::getFirstWrite(unsigned output) const {
  for (auto &[value, place] : kept)
    if (place.output == output)
      return place.phase;
  return getWritePhase(output);
}

KernelPlan::Phase KernelPlan::getPhase(unsigned level) const {
  Phase phase;
  Block &body = op->getRegion(0).front();
  for (auto reduce : body.getOps<ReduceOp>())
    if (getLevel(reduce.getResult()) == level + 1 &&
        getLevel(reduce.getInput()) == level)
      phase.reductions.push_back(reduce);
  for (unsigned output = 0; output < writes.size(); ++output)
    if (spansInner(output) && getWritePhase(output) == level)
      phase.outputs.push_back(output);
  for (auto &[value, place] : kept)
    if (place.phase == level)
      phase.kept.push_back(value);
  return phase;
}

namespace mpc {
class KernelPlanner {
public:
  KernelPlanner(FusedOp op, const FusedSpace &space) : space(space) {
    plan.op = op;
    plan.sizes.assign(space.getSizes());
    plan.inner = space.getInner();
  }
  KernelPlan build(bool keepsValues);

private:
  Block &body() { return plan.op.getBody().front(); }
  unsigned addForm(const TensorFactors &dims, ArrayRef<int64_t> shape);
  void addAccesses();
  void mergeFactors();
  bool canMerge(unsigned major, unsigned minor) const;
  void erase(unsigned factor);
  void traceValues();
  void traceUses();
  /// Coordinates are of the operand's shape, whatever its values.
  bool needsValue(OpOperand &use) const {
    return !plan.coordinates.contains(use.getOwner());
  }
  unsigned getLastUse(Operation &op);
  unsigned getFirstUse(Operation &op);
  bool repeatsMath(Operation &op);
  bool tryKeep(Operation &op, unsigned output);
  void keepValues();
  int64_t scoreLane(unsigned factor) const;
  int64_t scoreForm(unsigned form, unsigned factor) const;
  void chooseLane();
  void orderLoops();
  void setExtent();
  int64_t getPointsPerUnit() const;

  const FusedSpace &space;
  KernelPlan plan;
  DenseMap<Operation *, unsigned> firstUses;
  DenseMap<Operation *, bool> costly;
};
} // namespace mpc

unsigned KernelPlanner::addForm(const TensorFactors &dims,
                                ArrayRef<int64_t> shape) {
  LinearForm form;
  form.strides.assign(plan.sizes.size(), 0);
  for (auto [dim, stride] : llvm::zip_equal(dims, getRowMajorStrides(shape))) {
    int64_t factorStride = stride;
    for (unsigned factor : llvm::reverse(dim)) {
      form.strides[factor] += factorStride;
      factorStride *= plan.sizes[factor];
    }
  }
  plan.forms.push_back(std::move(form));
  return plan.forms.size() - 1;
}

void KernelPlanner::addAccesses() {
  for (Operation &op : body().without_terminator()) {
    if (auto positional = dyn_cast<PositionalOpInterface>(op))
      if (positional.getShardOffset())
        plan.positional.push_back(&op);
    if (auto index = dyn_cast<GlobalIndexOp>(op)) {
      TensorFactors dim{space.getDims(index.getResult())[index.getDim()]};
      plan.coordinates[&op] =
          addForm(dim, getShape(index.getInput())[index.getDim()]);
      continue;
    }
    for (OpOperand &operand : op.getOpOperands()) {
      if (!getInputNumber(operand.get()))
        continue;
      unsigned form =
          addForm(space.getOperandDims(&op, operand.getOperandNumber()),
                  getShape(operand.get()));
      if (auto slice = dyn_cast<SliceOp>(op))
        plan.forms[form].offset =
            slice.getStart() *
            getRowMajorStrides(getShape(slice.getInput()))[slice.getDim()];
      plan.reads[&operand] = form;
    }
  }
  for (Value output : body().getTerminator()->getOperands())
    plan.writes.push_back(addForm(space.getDims(output), getShape(output)));
}

bool KernelPlanner::canMerge(unsigned major, unsigned minor) const {
  return major != minor && plan.isInner(major) == plan.isInner(minor) &&
         llvm::all_of(plan.forms, [&](const LinearForm &form) {
           return form.strides[major] ==
                  form.strides[minor] * plan.sizes[minor];
         });
}

void KernelPlanner::erase(unsigned factor) {
  plan.sizes.erase(plan.sizes.begin() + factor);
  BitVector inner;
  for (unsigned i = 0; i < plan.inner.size(); ++i)
    if (i != factor)
      inner.push_back(plan.inner.test(i));
  plan.inner = inner;
  for (LinearForm &form : plan.forms)
    form.strides.erase(form.strides.begin() + factor);
}

void KernelPlanner::mergeFactors() {
  for (unsigned major = 0; major < plan.sizes.size(); ++major)
    for (unsigned minor = 0; minor < plan.sizes.size(); ++minor)
      if (canMerge(major, minor)) {
        plan.sizes[minor] *= plan.sizes[major];
        erase(major);
        return mergeFactors();
      }
}

/// The span and level of every value, from what it is computed from.
void KernelPlanner::traceValues() {
  BitVector none(plan.sizes.size());
  for (Operation &op : body().without_terminator()) {
    BitVector span = none;
    unsigned level = 0;
    if (auto it = plan.coordinates.find(&op); it != plan.coordinates.end())
      span = plan.forms[it->second].getSpan();
    else
      for (OpOperand &operand : op.getOpOperands()) {
        bool isRead = plan.reads.contains(&operand);
        span |= isRead ? plan.forms[plan.reads[&operand]].getSpan()
                       : plan.getSpan(operand.get());
        level = std::max(level, plan.getLevel(operand.get()));
      }
    if (getFusionRole(&op) == FusionRole::Reduction) {
      span.reset(plan.inner);
      ++level;
    }
    plan.spans[op.getResult(0)] = span;
    plan.levels[op.getResult(0)] = level;
    plan.numPhases = std::max(plan.numPhases, level + 1);
  }
}

/// The last phase that computes the op's value again.
unsigned KernelPlanner::getLastUse(Operation &op) {
  Value result = op.getResult(0);
  unsigned level = plan.getLevel(result);
  if (getFusionRole(&op) == FusionRole::Reduction && level > 0)
    return level - 1;
  // A value of a row is computed once, as early as possible.
  if (!plan.getSpan(result).anyCommon(plan.inner))
    return level;
  if (auto it = plan.kept.find(result); it != plan.kept.end())
    return it->second.phase;
  unsigned last = level;
  for (OpOperand &use : result.getUses())
    if (needsValue(use))
      last = std::max(last, isa<YieldOp>(use.getOwner())
                                ? plan.getWritePhase(use.getOperandNumber())
                                : plan.getLastUse(use.getOwner()));
  return last;
}

/// The first phase that needs the op's value.
unsigned KernelPlanner::getFirstUse(Operation &op) {
  Value result = op.getResult(0);
  unsigned level = plan.getLevel(result);
  if (getFusionRole(&op) == FusionRole::Reduction && level > 0)
    return level - 1;
  if (!plan.getSpan(result).anyCommon(plan.inner))
    return level;
  unsigned first = plan.numPhases;
  for (OpOperand &use : result.getUses())
    if (needsValue(use))
      first = std::min(first, isa<YieldOp>(use.getOwner())
                                  ? plan.getWritePhase(use.getOperandNumber())
                                  : firstUses.lookup(use.getOwner()));
  return first;
}

void KernelPlanner::traceUses() {
  for (Operation &op : llvm::reverse(body().without_terminator())) {
    plan.lastUses[&op] = getLastUse(op);
    firstUses[&op] = getFirstUse(op);
  }
}

/// Whether computing the value at a point involves a costly function.
bool KernelPlanner::repeatsMath(Operation &op) {
  if (getFusionRole(&op) == FusionRole::Reduction ||
      !plan.getSpan(op.getResult(0)).anyCommon(plan.inner))
    return false;
  auto [it, isNew] = costly.try_emplace(&op, false);
  if (!isNew)
    return it->second;
  bool result =
      isExpensive(&op) || llvm::any_of(op.getOperands(), [&](Value operand) {
        Operation *producer = operand.getDefiningOp();
        return producer && repeatsMath(*producer);
      });
  return costly[&op] = result;
}

bool KernelPlanner::tryKeep(Operation &op, unsigned output) {
  Value value = op.getResult(0);
  unsigned first = firstUses[&op], last = plan.getLastUse(&op);
  bool isRepeated = first < last && last <= plan.getWritePhase(output);
  bool fits = getElementTypeOrSelf(value) ==
                  getElementTypeOrSelf(plan.op.getResult(output)) &&
              getElementTypeOrSelf(value).getIntOrFloatBitWidth() >= 32;
  if (!isRepeated || !fits || getFusionRole(&op) != FusionRole::Pointwise ||
      !repeatsMath(op))
    return false;
  plan.kept[value] = {output, first};
  return true;
}

/// Gives every output that is written late to the last value worth it.
void KernelPlanner::keepValues() {
  for (unsigned output = 0; output < plan.writes.size(); ++output) {
    if (!plan.spansInner(output))
      continue;
    for (Operation &op : llvm::reverse(body().without_terminator()))
      if (!plan.kept.contains(op.getResult(0)) && tryKeep(op, output)) {
        traceUses();
        break;
      }
  }
}

/// Elements that move as whole vectors, less those that need a gather.
int64_t KernelPlanner::scoreForm(unsigned index, unsigned factor) const {
  const LinearForm &form = plan.forms[index];
  int64_t elements = 1;
  BitVector span = form.getSpan();
  for (unsigned spanned : span.set_bits())
    elements *= plan.sizes[spanned];
  int64_t stride = form.strides[factor];
  return stride == 1 ? elements : stride == 0 ? 0 : -elements;
}

int64_t KernelPlanner::scoreLane(unsigned factor) const {
  int64_t score = 0;
  for (auto &[operand, form] : plan.reads)
    score += scoreForm(form, factor);
  // A scattered store costs more than a gather.
  for (unsigned form : plan.writes)
    score += 2 * scoreForm(form, factor);
  return score;
}

void KernelPlanner::chooseLane() {
  std::optional<std::pair<int64_t, int64_t>> best;
  for (unsigned factor = 0; factor < plan.sizes.size(); ++factor) {
    std::pair<int64_t, int64_t> score{scoreLane(factor), plan.sizes[factor]};
    if (!best || score > *best) {
      best = score;
      plan.lane = factor;
    }
  }
}

void KernelPlanner::orderLoops() {
  for (unsigned factor = 0; factor < plan.sizes.size(); ++factor)
    if (factor != plan.lane)
      (plan.isInner(factor) ? plan.loops : plan.outer).push_back(factor);
  auto weight = [&](unsigned factor) {
    int64_t sum = 0;
    for (unsigned form : plan.writes)
      sum += plan.forms[form].strides[factor];
    for (auto &[operand, form] : plan.reads)
      sum += plan.forms[form].strides[factor];
    return sum;
  };
  auto major = [&](unsigned a, unsigned b) {
    return std::pair(-weight(a), a) < std::pair(-weight(b), b);
  };
  // A gather's neighbours come next: the factor in which it is contiguous is
  // minor.
  auto isGathered = [&](unsigned factor) {
    return llvm::any_of(plan.reads, [&](auto &read) {
      const LinearForm &form = plan.forms[read.second];
      return plan.lane && form.strides[*plan.lane] > 1 &&
             form.strides[factor] == 1;
    });
  };
  auto outerMajor = [&](unsigned a, unsigned b) {
    return std::pair(isGathered(a), -weight(a)) <
               std::pair(isGathered(b), -weight(b)) ||
           (weight(a) == weight(b) && isGathered(a) == isGathered(b) && a < b);
  };
  llvm::sort(plan.outer, outerMajor);
  llvm::sort(plan.loops, major);
}

int64_t KernelPlanner::getPointsPerUnit() const {
  int64_t points = 1;
  for (unsigned factor : plan.loops)
    points *= plan.sizes[factor];
  if (plan.lane)
    points *= plan.isLaneInner() ? plan.sizes[*plan.lane]
                                 : std::min(plan.sizes[*plan.lane], plan.block);
  return points;
}

void KernelPlanner::setExtent() {
  plan.isBlockMajor = plan.lane && !plan.isLaneInner() &&
                      llvm::any_of(plan.reads, [&](auto &read) {
                        return plan.forms[read.second].strides[*plan.lane] > 1;
                      });
  plan.block = plan.hasReductions() ? kReductionBlock
               : plan.isBlockMajor  ? kGatherBlock
                                    : kPointwiseBlock;
  plan.extent = plan.getNumLaneBlocks();
  for (unsigned factor : plan.outer)
    plan.extent *= plan.sizes[factor];
  plan.grain = ceilDiv(kMinSlicePoints, getPointsPerUnit());
  // Rows that write one element each: two threads must not share a cache line.
  bool writesOneElement = plan.isLaneInner() || !plan.lane;
  for (unsigned output = 0; output < plan.writes.size(); ++output) {
    Type element = getElementTypeOrSelf(plan.op.getResult(output).getType());
    int64_t bytes = ceilDiv(element.getIntOrFloatBitWidth(), 8);
    if (writesOneElement && !plan.spansInner(output))
      plan.grain = std::max(plan.grain, kCacheLine / bytes);
  }
  plan.grain = std::min(plan.grain, plan.extent);
}

KernelPlan KernelPlanner::build(bool keepsValues) {
  addAccesses();
  mergeFactors();
  traceValues();
  traceUses();
  if (keepsValues)
    keepValues();
  chooseLane();
  orderLoops();
  setExtent();
  return std::move(plan);
}

FailureOr<KernelPlan> KernelPlan::get(FusedOp op, bool keepsValues) {
  Block &body = op.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &inner : body.without_terminator())
    ops.push_back(&inner);
  RuleCache rules;
  std::string whyNot;
  FailureOr<FusedSpace> space = FusedSpace::get(ops, rules, &whyNot);
  if (failed(space))
    return op.emitOpError("is not one region: ") << whyNot;
  for (auto [number, value] :
       llvm::enumerate(body.getTerminator()->getOperands())) {
    if (getInputNumber(value))
      return op.emitOpError("yields its input as result #")
             << number << ", expected a computed value";
    if (!space->canYield(value))
      return op.emitOpError("result #")
             << number << " spans neither the parallel factors nor all factors";
  }
  return KernelPlanner(op, *space).build(keepsValues);
}

//===- Emitter.cpp - values of a region -----------------------------------===//

#include "Emitter.h"

using namespace mlir;
using namespace mpc;

Value Scope::lookup(Value value) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (Value found = scope->values.lookup(value))
      return found;
  return {};
}

Value Scope::lookupRead(unsigned form, unsigned input) const {
  for (const Scope *scope = this; scope; scope = scope->parent)
    if (Value found = scope->reads.lookup({form, input}))
      return found;
  return {};
}

Emitter::Emitter(const KernelPlan &plan, VectorBuilder &vectors,
                 ValueRange arguments)
    : plan(plan), v(vectors), arguments(arguments) {}

Scope Emitter::makeFunctionScope() {
  Scope scope;
  scope.bound.resize(plan.sizes.size());
  for (const LinearForm &form : plan.forms)
    scope.bases.push_back(v.index(form.offset));
  return scope;
}

void Emitter::bind(Scope &scope, unsigned factor, Value index) {
  scope.bound.set(factor);
  for (auto [base, form] : llvm::zip_equal(scope.bases, plan.forms))
    if (int64_t stride = form.strides[factor])
      base = v.addScaled(base, index, stride);
}

bool Emitter::isBound(const BitVector &span, const Scope &scope) const {
  return !span.test(scope.bound);
}

void Emitter::hoist(Scope &scope, unsigned level) {
  Block &body = plan.op->getRegion(0).front();
  for (Operation &op : body.without_terminator()) {
    bool isReduction = getFusionRole(&op) == FusionRole::Reduction;
    for (OpOperand &operand : op.getOpOperands())
      if (auto it = plan.reads.find(&operand); it != plan.reads.end())
        if (getFusionRole(&op) != FusionRole::Gather &&
            isBound(plan.forms[it->second].getSpan(), scope))
          emitRead(operand, scope);
    Value result = op.getResult(0);
    if (!isReduction && plan.getLevel(result) <= level &&
        isBound(plan.getSpan(result), scope))
      emit(result, scope);
  }
}

int64_t Emitter::getLaneStride(unsigned form, const Scope &scope) const {
  return scope.hasLane ? plan.forms[form].strides[*plan.lane] : 0;
}

/// Whether other kernels read the value, as it is or through views.
static bool isStored(Value value) {
  return llvm::any_of(value.getUsers(), [](Operation *user) {
    return isa<YieldOp>(user) || (getFusionRole(user) == FusionRole::View &&
                                  isStored(user->getResult(0)));
  });
}

/// Registers have more digits than memory in bf16. Within this kernel a stored
/// value is what others will read: a maximum is equal to one of its operands.
Value Emitter::roundIfStored(Value emitted, Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  if (!isNarrowFloat(element) || !isStored(value))
    return emitted;
  return v.toRegister(v.toMemory(emitted, element));
}

Value Emitter::emit(Value value, Scope &scope) {
  if (Value known = scope.lookup(value))
    return known;
  auto place = plan.kept.find(value);
  bool isKept = place != plan.kept.end() && place->second.phase < phase;
  Value emitted =
      isKept ? loadKept(place->second.output, scope)
             : roundIfStored(emitOp(value.getDefiningOp(), scope), value);
  scope.values[value] = emitted;
  return emitted;
}

Value Emitter::emitOperand(OpOperand &operand, Scope &scope) {
  return plan.reads.contains(&operand) ? emitRead(operand, scope)
                                       : emit(operand.get(), scope);
}

Value Emitter::emitOp(Operation *op, Scope &scope) {
  if (auto constant = dyn_cast<ConstantOp>(op))
    return v.scalar(constant.getValue());
  if (auto index = dyn_cast<GlobalIndexOp>(op))
    return emitCoordinate(index, scope);
  if (auto gather = dyn_cast<EmbeddingOp>(op))
    return emitGather(gather, scope);
  if (auto pointwise = dyn_cast<PointwiseOpInterface>(op))
    return emitPointwise(pointwise, scope);
  // A view has been resolved into addresses; a reduction of size-1 dimensions
  // is one.
  return emitOperand(op->getOpOperand(0), scope);
}

Value Emitter::emitPointwise(PointwiseOpInterface op, Scope &scope) {
  SmallVector<Value> operands;
  for (OpOperand &operand : op->getOpOperands())
    operands.push_back(emitOperand(operand, scope));
  auto isVector = [](Value value) { return isa<VectorType>(value.getType()); };
  if (llvm::any_of(operands, isVector))
    for (Value &operand : operands)
      operand = v.splat(operand);
  return v.toRegister(op.emitPointwise(v.getBuilder(), operands));
}

Value Emitter::emitRead(OpOperand &operand, Scope &scope) {
  unsigned form = plan.getFirstEqual(plan.reads.find(&operand)->second);
  unsigned input = *getInputNumber(operand.get());
  if (Value known = scope.lookupRead(form, input))
    return known;
  Type element = getElementTypeOrSelf(operand.get());
  int64_t stride = getLaneStride(form, scope);
  Value read;
  if (stride == 0)
    read = v.loadScalar(arguments[input], scope.bases[form], element);
  else
    read = v.loadLanes(
        {arguments[input], scope.bases[form], stride, scope.mask, {}}, element);
  scope.reads[{form, input}] = read;
  return read;
}

/// The scalar parameter with the shard offset of `op`; null when it is 0.
Value Emitter::getOffset(Operation *op) {
  const auto *it = llvm::find(plan.positional, op);
  if (it == plan.positional.end())
    return {};
  unsigned buffers = plan.op->getNumOperands() + plan.op->getNumResults();
  return arguments[buffers + (it - plan.positional.begin())];
}

Value Emitter::emitCoordinate(GlobalIndexOp op, Scope &scope) {
  unsigned form = plan.coordinates.find(op)->second;
  OpBuilder &b = v.getBuilder();
  Value index = arith::IndexCastOp::create(b, v.getLoc(), b.getI64Type(),
                                           scope.bases[form]);
  if (Value offset = getOffset(op))
    index = v.add(index, offset);
  int64_t stride = getLaneStride(form, scope);
  return stride == 0 ? index : v.add(v.splat(index), v.steps(stride));
}

/// An id as i64, vector or scalar.
static Value toIndex(VectorBuilder &v, Value id, Type element) {
  OpBuilder &b = v.getBuilder();
  Type wide = b.getI64Type();
  if (auto vector = dyn_cast<VectorType>(id.getType()))
    wide = vector.clone(wide);
  if (wide == id.getType())
    return id;
  if (element.isUnsignedInteger())
    return arith::ExtUIOp::create(b, v.getLoc(), wide, id);
  return arith::ExtSIOp::create(b, v.getLoc(), wide, id);
}

static Value splatLike(VectorBuilder &v, Value like, Value scalar) {
  return isa<VectorType>(like.getType()) ? v.splat(scalar) : scalar;
}

Value Emitter::emitGather(EmbeddingOp op, Scope &scope) {
  OpBuilder &b = v.getBuilder();
  Type idType = getElementTypeOrSelf(op.getIds());
  Value row = toIndex(v, emitOperand(op->getOpOperand(1), scope), idType);
  if (Value offset = getOffset(op))
    row = arith::SubIOp::create(b, v.getLoc(), row, splatLike(v, row, offset));
  Value rows = splatLike(
      v, row, v.scalar(b.getI64IntegerAttr(getShape(op.getTable())[0])));
  Value zero = splatLike(v, row, v.scalar(b.getI64IntegerAttr(0)));
  // Negative ids are large unsigned ones.
  Value inRange = arith::CmpIOp::create(b, v.getLoc(),
                                        arith::CmpIPredicate::ult, row, rows);
  Value safeRow = arith::SelectOp::create(b, v.getLoc(), inRange, row, zero);
  return gatherRow(op, safeRow, inRange, scope);
}

Value Emitter::gatherRow(EmbeddingOp op, Value row, Value inRange,
                         Scope &scope) {
  OpBuilder &b = v.getBuilder();
  OpOperand &table = op->getOpOperand(0);
  unsigned form = plan.reads.find(&table)->second;
  Type element = getElementTypeOrSelf(table.get());
  int64_t rowStride = getRowMajorStrides(getShape(table.get()))[0];
  int64_t stride = getLaneStride(form, scope);
  Value buffer = arguments[*getInputNumber(table.get())], read;
  Value stride64 = splatLike(v, row, v.scalar(b.getI64IntegerAttr(rowStride)));
  Value rowOffset = arith::MulIOp::create(b, v.getLoc(), row, stride64);
  if (isa<VectorType>(row.getType())) {
    read = v.loadLanes(
        {buffer, scope.bases[form], stride, scope.mask, rowOffset}, element);
  } else {
    Value start = v.add(
        scope.bases[form],
        arith::IndexCastOp::create(b, v.getLoc(), b.getIndexType(), rowOffset));
    read = stride == 0
               ? v.loadScalar(buffer, start, element)
               : v.loadLanes({buffer, start, stride, scope.mask, {}}, element);
  }
  return arith::SelectOp::create(b, v.getLoc(), inRange, read,
                                 v.zeroOf(read.getType()));
}

void Emitter::storeValue(Value value, unsigned output, Scope &scope) {
  Type element = getElementTypeOrSelf(plan.op->getResult(output).getType());
  unsigned form = plan.writes[output];
  Value buffer = arguments[plan.op->getNumOperands() + output];
  int64_t stride = getLaneStride(form, scope);
  if (stride == 0)
    v.storeScalar(value, buffer, scope.bases[form], element);
  else
    v.storeLanes(value, {buffer, scope.bases[form], stride, scope.mask, {}},
                 element);
}

static Value getYielded(const KernelPlan &plan, unsigned output) {
  return plan.op->getRegion(0).front().getTerminator()->getOperand(output);
}

void Emitter::prepare(unsigned output, Scope &scope) {
  emit(getYielded(plan, output), scope);
}

void Emitter::store(unsigned output, Scope &scope) {
  storeValue(emit(getYielded(plan, output), scope), output, scope);
}

void Emitter::keep(Value value, Scope &scope) {
  storeValue(emit(value, scope), plan.kept.find(value)->second.output, scope);
}

Value Emitter::loadKept(unsigned output, Scope &scope) {
  Type element = getElementTypeOrSelf(plan.op->getResult(output).getType());
  unsigned form = plan.writes[output];
  Value buffer = arguments[plan.op->getNumOperands() + output];
  int64_t stride = getLaneStride(form, scope);
  if (stride == 0)
    return v.loadScalar(buffer, scope.bases[form], element);
  return v.loadLanes({buffer, scope.bases[form], stride, scope.mask, {}},
                     element);
}

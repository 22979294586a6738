//===- ReverseSweep.cpp - gradients of one scalar -------------------------===//

#include "ReverseSweep.h"
#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

static bool isFloat(Value value) {
  return isa<FloatType>(getElementTypeOrSelf(value));
}

static bool readsTrainable(Operation *op) {
  auto read = dyn_cast<ReadOp>(op);
  if (!read)
    return false;
  auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(
      op, read.getVariableAttr());
  return variable && variable.isTrainable();
}

ReverseSweep::ReverseSweep(func::FuncOp func)
    : func(func), builder(func.getBody().front().getTerminator(), &tagger) {
  for (Operation &op : func.getBody().front())
    markActive(&op);
}

void ReverseSweep::markActive(Operation *op) {
  bool dependsOnVariable =
      readsTrainable(op) || llvm::any_of(op->getOperands(), [&](Value operand) {
        return active.contains(operand);
      });
  if (!dependsOnVariable)
    return;
  for (Value result : op->getResults())
    if (isFloat(result))
      active.insert(result);
}

LogicalResult ReverseSweep::run(Value scalar) {
  Operation *op = scalar.getDefiningOp();
  if (!op || !active.contains(scalar))
    return success();
  tagger.origin = getOrigin(op);
  tagger.phase = Phase::InputGrad;
  TensorBuilder t(builder, scalar.getLoc());
  gradients[scalar] = t.constant(getTensorType(scalar), 1);
  while (op) {
    bool hasGradient = llvm::any_of(op->getResults(), [&](Value result) {
      return getResultGradient(result);
    });
    if (!hasGradient || isa<ReadOp>(op)) {
      op = op->getPrevNode();
      continue;
    }
    if (auto differentiable = dyn_cast<DifferentiableOpInterface>(op)) {
      differentiate(differentiable);
      op = op->getPrevNode();
    } else if (auto composite = dyn_cast<DecomposableOpInterface>(op)) {
      op = decompose(composite);
    } else {
      return op->emitOpError("has no derivative, and a trainable variable "
                             "reaches the loss through it");
    }
  }
  tagLargeInside();
  return success();
}

void ReverseSweep::tagLargeInside() {
  if (!largeInside.empty())
    func->setAttr(tags::kLargeInside,
                  builder.getDenseI64ArrayAttr(largeInside));
}

Value ReverseSweep::getGradient(StringRef variable) const {
  return variableGradients.lookup(variable);
}

Value ReverseSweep::getResultGradient(Value result) const {
  return gradients.lookup(result);
}

Operation *ReverseSweep::decompose(DecomposableOpInterface op) {
  Operation *before = op->getPrevNode();
  tagger.phase = Phase::Forward;
  tagger.origin = getOrigin(op);
  if (op.hasLargeInside())
    largeInside.push_back(tagger.origin);
  OpBuilder forward(op, &tagger);
  SmallVector<Value> replacements = op.decompose(forward);
  Block *block = op->getBlock();
  auto first = before ? std::next(before->getIterator()) : block->begin();
  for (Operation &part : llvm::make_range(first, op->getIterator()))
    markActive(&part);
  for (auto [result, replacement] :
       llvm::zip_equal(op->getResults(), replacements)) {
    if (Value gradient = getResultGradient(result))
      gradients[replacement] = gradient;
    // A later op may get the address of this one.
    gradients.erase(result);
    active.erase(result);
  }
  op->replaceAllUsesWith(replacements);
  Operation *last = op->getPrevNode();
  op->erase();
  return last;
}

void ReverseSweep::differentiate(DifferentiableOpInterface op) {
  SmallVector<Value> resultGradients, operandGradients(op->getNumOperands());
  for (Value result : op->getResults()) {
    resultGradients.push_back(getResultGradient(result));
    if (resultGradients.back())
      markInputGrad(resultGradients.back());
  }
  llvm::BitVector needed(op->getNumOperands());
  for (auto [index, operand] : llvm::enumerate(op->getOperands()))
    if (active.contains(operand))
      needed.set(index);
  tagger.phase = Phase::WeightGrad;
  tagger.origin = getOrigin(op);
  op.buildGradients(builder, resultGradients, needed, operandGradients);
  for (auto [operand, gradient] :
       llvm::zip_equal(op->getOperands(), operandGradients))
    if (gradient)
      addGradient(operand, gradient);
}

void ReverseSweep::addGradient(Value value, Value gradient) {
  // A variable that is read twice has one gradient.
  auto read = value.getDefiningOp<ReadOp>();
  Value &sum = read ? variableGradients[read.getVariable()] : gradients[value];
  sum =
      sum ? AddOp::create(builder, gradient.getLoc(), sum, gradient) : gradient;
}

void ReverseSweep::markInputGrad(Value gradient) {
  SmallVector<Value> worklist = {gradient};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    auto phase = op ? op->getAttrOfType<PhaseAttr>(tags::kPhase) : PhaseAttr();
    if (!phase || phase.getValue() != Phase::WeightGrad)
      continue;
    op->setAttr(tags::kPhase,
                PhaseAttr::get(op->getContext(), Phase::InputGrad));
    llvm::append_range(worklist, op->getOperands());
  }
}

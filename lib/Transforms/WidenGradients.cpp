//===- WidenGradients.cpp - gradients of bf16 variables in f32 ------------===//
//
// A gradient of a bf16 variable is a sum of many products, and is itself summed
// over micro-batches and devices. It is rounded nowhere on that way: the ops
// that compute it, and nothing else, are built anew with results in f32.
//
//===----------------------------------------------------------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"
#include "mpc/Transforms/TrainingFunction.h"

using namespace mlir;
using namespace mpc;

static bool isBackward(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase && phase.getValue() != Phase::Forward;
}

/// Casts the value for one user, whose tags the cast has.
static Value castFor(OpOperand &use) {
  Operation *user = use.getOwner();
  OpBuilder builder(user);
  Value cast = TensorBuilder(builder, user->getLoc()).widen(use.get());
  Operation *tagged = user->hasTrait<OpTrait::IsTerminator>()
                          ? use.get().getDefiningOp()
                          : user;
  if (tagged)
    cast.getDefiningOp()->setDiscardableAttrs(
        tagged->getDiscardableAttrDictionary());
  return cast;
}

/// What `use` reads, in f32. An op that others read as well stays as it is.
static Value widen(OpOperand &use) {
  auto op = use.get().getDefiningOp<WideningOpInterface>();
  if (!op || !isBackward(op) || !use.get().hasOneUse())
    return castFor(use);
  OpBuilder builder(op);
  return op.buildWide(builder, widen);
}

static void eraseUnused(Operation *op) {
  if (!op || !op->use_empty() || !isBackward(op))
    return;
  SmallVector<Value> operands(op->getOperands());
  op->erase();
  for (Value operand : operands)
    eraseUnused(operand.getDefiningOp());
}

void mpc::widenGradients(func::FuncOp func) {
  Operation *terminator = func.getBody().front().getTerminator();
  for (OpOperand &use : terminator->getOpOperands()) {
    bool isGradient = static_cast<bool>(
        func.getResultAttr(use.getOperandNumber(), tags::kGradient));
    if (!isGradient || !isNarrowFloat(getElementTypeOrSelf(use.get())))
      continue;
    Operation *narrow = use.get().getDefiningOp();
    use.set(widen(use));
    eraseUnused(narrow);
  }
  func.setFunctionType(FunctionType::get(func.getContext(),
                                         func.getArgumentTypes(),
                                         terminator->getOperandTypes()));
}

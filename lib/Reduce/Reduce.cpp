//===- Reduce.cpp - makes a failing module smaller ------------------------===//

#include "mpc/Reduce/Reduce.h"
#include "mlir/IR/Verifier.h"
#include "mpc/IR/MPC.h"

using namespace mlir;
using namespace mpc;

/// Ops that a step may touch; a clone of the module has them at equal indices.
static SmallVector<Operation *> getCandidates(ModuleOp module) {
  SmallVector<Operation *> ops;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op != module.getOperation() && !op->hasTrait<OpTrait::IsTerminator>())
      ops.push_back(op);
  });
  return ops;
}

static TypedAttr getOne(Type element) {
  if (auto type = dyn_cast<FloatType>(element))
    return FloatAttr::get(type, 1.0);
  return IntegerAttr::get(element, 1);
}

/// An op of the model with one result: it only computes.
static bool isReplaceable(Operation *op) {
  return isa<MPCDialect>(op->getDialect()) && op->getNumResults() == 1 &&
         !isa<ConstantOp>(op);
}

using Step = bool (*)(Operation *op);

/// Each returns false where it does not apply.
static bool eraseUnused(Operation *op) {
  if (!op->use_empty())
    return false;
  op->erase();
  return true;
}

static bool replaceByOperand(Operation *op) {
  if (!isReplaceable(op))
    return false;
  Value result = op->getResult(0);
  for (Value operand : op->getOperands())
    if (operand.getType() == result.getType()) {
      result.replaceAllUsesWith(operand);
      op->erase();
      return true;
    }
  return false;
}

static bool replaceByConstant(Operation *op) {
  if (!isReplaceable(op))
    return false;
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  OpBuilder builder(op);
  Value one = ConstantOp::create(builder, op->getLoc(), type,
                                 getOne(type.getElementType()));
  op->getResult(0).replaceAllUsesWith(one);
  op->erase();
  return true;
}

/// `module` after `step` on its candidate `index`; null when that is
/// impossible, invalid or not interesting.
static OwningOpRef<ModuleOp> tryStep(ModuleOp module, unsigned index, Step step,
                                     InterestingTest isInteresting) {
  OwningOpRef<ModuleOp> smaller(module.clone());
  if (!step(getCandidates(*smaller)[index]))
    return {};
  // A step that breaks the module is no news for the user.
  ScopedDiagnosticHandler silent(module.getContext(),
                                 [](Diagnostic &) { return success(); });
  if (failed(verify(*smaller)) || !isInteresting(*smaller))
    return {};
  return smaller;
}

OwningOpRef<ModuleOp> mpc::reduceModule(ModuleOp module,
                                        InterestingTest isInteresting) {
  OwningOpRef<ModuleOp> best(module.clone());
  bool changed = true;
  while (changed) {
    changed = false;
    // From the end: users go before what they use.
    for (unsigned left = getCandidates(*best).size(); left-- > 0;) {
      // An op that was erased took the ops of its regions along.
      if (left >= getCandidates(*best).size())
        continue;
      for (Step step : {eraseUnused, replaceByOperand, replaceByConstant})
        if (auto smaller = tryStep(*best, left, step, isInteresting)) {
          best = std::move(smaller);
          changed = true;
          break;
        }
    }
  }
  return best;
}

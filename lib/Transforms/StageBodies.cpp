//===- StageBodies.cpp - which body an op of a placed function is in ------===//

#include "StageBodies.h"
#include "mpc/IR/Tags.h"
#include "mpc/Sharding/Propagation.h"

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

std::string BodyKey::getName() const {
  switch (kind) {
  case ActionKind::Prepare:
    return "P" + std::to_string(stage);
  case ActionKind::Forward:
    return "F" + std::to_string(stage);
  case ActionKind::Backward:
    return "B" + std::to_string(stage);
  case ActionKind::InputGrad:
    return "I" + std::to_string(stage);
  case ActionKind::WeightGrad:
    return "W" + std::to_string(stage);
  default:
    return "U" + std::to_string(stage) + "." + std::to_string(part);
  }
}

static std::optional<Phase> getPhase(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase ? std::optional(phase.getValue()) : std::nullopt;
}

static ActionKind getKind(Operation *op) {
  switch (getPhase(op).value_or(Phase::Forward)) {
  case Phase::Forward:
    return ActionKind::Forward;
  case Phase::InputGrad:
  case Phase::WeightGrad:
    return ActionKind::Backward;
  case Phase::Update:
    return ActionKind::Update;
  }
  llvm_unreachable("all phases are handled");
}

/// A variable as it is, under another shape, or gathered from its parts.
static bool isVariable(Value value) {
  Operation *producer = value.getDefiningOp();
  while (isa_and_nonnull<ReshapeOp, ReshardOp>(producer))
    producer = producer->getOperand(0).getDefiningOp();
  return isa_and_nonnull<ReadOp>(producer);
}

/// Whether slices take the value apart: keeping it for another body takes no
/// more memory than keeping them.
static bool isTakenApart(Value value) {
  int64_t taken = 0;
  for (Operation *user : value.getUsers())
    if (auto slice = dyn_cast<SliceOp>(user))
      taken += slice.getType().getNumElements();
  return taken >= cast<RankedTensorType>(value.getType()).getNumElements();
}

/// A slice, or a reshape of one, that moves no elements where a GEMM reads it.
bool BodyAssignment::isCheapView(Operation *op) const {
  bool isResult = llvm::any_of(op->getUsers(), [](Operation *user) {
    return user->hasTrait<OpTrait::IsTerminator>();
  });
  if (isResult)
    return false;
  if (isa<SliceOp>(op))
    return isTakenApart(op->getOperand(0));
  return isa<ReshapeOp>(op) && op->getOperand(0).getDefiningOp<SliceOp>() &&
         repeated.contains(op->getOperand(0).getDefiningOp());
}

/// Whether another body may as well make the cast: it needs fewer bytes for it.
/// What the update reads is summed in the wider type, and results are fetched.
static bool isWideningForBodies(Operation *op) {
  auto cast = dyn_cast<CastOp>(op);
  return cast && isNarrowFloat(getElementTypeOrSelf(cast.getInput())) &&
         llvm::none_of(op->getUsers(), [](Operation *user) {
           return user->hasTrait<OpTrait::IsTerminator>() ||
                  getPhase(user) == Phase::Update;
         });
}

void BodyAssignment::findRepeated() {
  for (Operation &op : func.getBody().front().without_terminator()) {
    bool isScalar = llvm::all_of(op.getResultTypes(), [](Type type) {
      return cast<RankedTensorType>(type).getNumElements() == 1;
    });
    bool fromScalars =
        isScalar && op.getNumOperands() > 0 && isa<PointwiseOpInterface>(op) &&
        llvm::all_of(op.getOperands(), [&](Value operand) {
          if (auto argument = dyn_cast<BlockArgument>(operand))
            return getShardingOf(argument).isReplicated();
          Operation *producer = operand.getDefiningOp();
          return repeated.contains(producer) && !isVariable(operand);
        });
    // A variable kept in parts (ZeRO-3) is gathered where it is used, each
    // time: the whole lives as long as one body needs it.
    bool isRenamed =
        isa<ReshapeOp, ReshardOp>(op) && isVariable(op.getOperand(0));
    if (fromScalars || isRenamed || isWideningForBodies(&op) ||
        isCheapView(&op) || isa<ReadOp>(op) ||
        op.hasTrait<OpTrait::ConstantLike>())
      repeated.insert(&op);
  }
}

LogicalResult BodyAssignment::run() {
  for (Operation &op : func.getBody().front().without_terminator())
    if (!isRepeated(&op) && failed(assignEarliest(&op)))
      return failure();
  if (splitsBackward)
    splitBackward();
  for (Operation &op :
       llvm::reverse(func.getBody().front().without_terminator()))
    if (auto it = keys.find(&op);
        it != keys.end() && it->second.kind == ActionKind::Update)
      delay(&op, it->second);
  for (auto assign : func.getOps<AssignOp>())
    assignAfterReads(assign);
  return success();
}

LogicalResult BodyAssignment::assignEarliest(Operation *op) {
  auto stage = op->getAttrOfType<IntegerAttr>(tags::kStage);
  if (!stage)
    return op->emitOpError("has no stage; run mpc-apply-plan first");
  BodyKey key{getKind(op), stage.getInt(), 0};
  for (Value operand : op->getOperands()) {
    std::optional<BodyKey> from = getKey(operand);
    if (!from || from->kind != ActionKind::Update)
      continue;
    if (key.kind != ActionKind::Update)
      return op->emitOpError("of a micro-batch needs a value that is complete "
                             "only after all of them");
    key.part =
        std::max(key.part, from->part + (from->stage != key.stage ? 1 : 0));
  }
  keys.insert({op, key});
  return success();
}

/// Whether a backward of another stage, or an input-gradient, needs the value.
bool BodyAssignment::isAwaited(Value value, int64_t stage) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    if (isRepeated(user))
      return llvm::any_of(user->getResults(), [&](Value result) {
        return isAwaited(result, stage);
      });
    std::optional<BodyKey> key = getKey(user);
    if (!key)
      return false;
    bool isBackward = key->kind == ActionKind::Backward ||
                      key->kind == ActionKind::WeightGrad;
    return key->kind == ActionKind::InputGrad ||
           (isBackward && key->stage != stage);
  });
}

/// From the last op to the first, so that users are known before producers.
void BodyAssignment::splitBackward() {
  for (Operation &op :
       llvm::reverse(func.getBody().front().without_terminator())) {
    auto it = keys.find(&op);
    if (it == keys.end() || it->second.kind != ActionKind::Backward)
      continue;
    bool isInput = llvm::any_of(op.getResults(), [&](Value result) {
      return isAwaited(result, it->second.stage);
    });
    it->second.kind = isInput ? ActionKind::InputGrad : ActionKind::WeightGrad;
  }
}

/// Arithmetic of the update moves to the first part of its stage that needs it:
/// the decayed momentum is then no tensor between two parts but a step of one
/// kernel. Communication and reductions come as early as they can.
void BodyAssignment::delay(Operation *op, BodyKey &key) {
  if (!isa<PointwiseOpInterface>(op))
    return;
  std::optional<int64_t> latest;
  for (Operation *user : op->getUsers()) {
    auto it = keys.find(user);
    if (it == keys.end())
      return; // A result, or read by what other bodies repeat.
    int64_t before =
        it->second.stage == key.stage ? it->second.part : it->second.part - 1;
    latest = std::min(latest.value_or(before), before);
  }
  key.part = std::max(key.part, latest.value_or(key.part));
}

/// A variable changes in the last part of the update that reads it.
void BodyAssignment::assignAfterReads(AssignOp assign) {
  BodyKey &key = keys.at(assign);
  auto visit = [&](auto &self, Value value) -> void {
    for (Operation *user : value.getUsers()) {
      if (repeated.contains(user))
        self(self, user->getResult(0));
      else if (auto it = keys.find(user); it != keys.end() &&
                                          it->second.kind == key.kind &&
                                          it->second.stage == key.stage)
        key.part = std::max(key.part, it->second.part);
    }
  };
  for (auto read : func.getOps<ReadOp>())
    if (read.getVariable() == assign.getVariable())
      visit(visit, read);
}

//===- AssignStages.cpp - which stage runs which op -----------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/Transforms/ApplyPlan.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mpc;

static std::optional<Phase> getPhase(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase ? std::optional(phase.getValue()) : std::nullopt;
}

/// Reads and constants are repeated by whoever needs them.
static bool isFree(Operation *op) {
  return isa<ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>();
}

static int64_t getStage(Operation *op) {
  auto stage = op->getAttrOfType<IntegerAttr>(tags::kStage);
  return stage ? stage.getInt() : -1;
}

static void setStage(Operation *op, int64_t stage) {
  op->setAttr(tags::kStage, Builder(op->getContext()).getI64IntegerAttr(stage));
}

void mpc::numberOps(func::FuncOp func) {
  int64_t next = 0;
  Builder builder(func.getContext());
  for (Operation &op : func.getBody().front().without_terminator()) {
    if (auto origin = op.getAttrOfType<IntegerAttr>(tags::kOrigin))
      next = std::max(next, origin.getInt() + 1);
    else if (!isFree(&op))
      op.setAttr(tags::kOrigin, builder.getI64IntegerAttr(next++));
  }
}

namespace {
class StageAssignment {
public:
  StageAssignment(ModuleOp module, func::FuncOp func, ArrayRef<int64_t> stages)
      : module(module), func(func), stages(stages) {}

  void run() {
    for (Operation &op : ops())
      if (!isFree(&op))
        setStage(&op, stageOfOrigin(&op));
    findOwners();
    for (Operation &op : ops())
      if (!isFree(&op))
        settle(&op);
  }

private:
  llvm::iterator_range<Block::iterator> ops() {
    return func.getBody().front().without_terminator();
  }

  int64_t stageOfOrigin(Operation *op) {
    auto origin = op->getAttrOfType<IntegerAttr>(tags::kOrigin);
    if (!origin)
      return 0;
    const int64_t *after = llvm::upper_bound(stages, origin.getInt());
    return after - stages.begin() - 1;
  }

  /// A variable belongs to the first stage whose forward ops read it. An update
  /// carries the origin of a read, which stands anywhere: it follows the owner.
  void findOwners() {
    llvm::StringMap<int64_t> owners;
    llvm::DenseMap<int64_t, int64_t> ownerOfRead;
    for (Operation &op : ops()) {
      auto read = dyn_cast<ReadOp>(op);
      if (!read)
        continue;
      for (Operation *user : read->getUsers()) {
        if (getPhase(user).value_or(Phase::Forward) != Phase::Forward ||
            isFree(user) || user->hasTrait<OpTrait::IsTerminator>())
          continue;
        auto [it, isNew] =
            owners.try_emplace(read.getVariable(), getStage(user));
        it->second = std::min(it->second, getStage(user));
      }
      auto origin = read->getAttrOfType<IntegerAttr>(tags::kOrigin);
      auto owner = owners.find(read.getVariable());
      if (origin && owner != owners.end() &&
          getPhase(read).value_or(Phase::Forward) == Phase::Forward)
        ownerOfRead.try_emplace(origin.getInt(), owner->second);
    }
    for (Operation &op : ops()) {
      auto origin = op.getAttrOfType<IntegerAttr>(tags::kOrigin);
      if (isFree(&op) || getPhase(&op) != Phase::Update || !origin)
        continue;
      auto it = ownerOfRead.find(origin.getInt());
      if (it != ownerOfRead.end())
        setStage(&op, it->second);
      if (auto assign = dyn_cast<AssignOp>(op))
        owners.try_emplace(assign.getVariable(), getStage(&op));
    }
    for (auto variable : module.getOps<VariableOp>()) {
      auto it = owners.find(variable.getSymName());
      if (it != owners.end() && !variable->hasAttr(tags::kStage))
        setStage(variable, it->second);
    }
  }

  /// Data flows forward through the stages, and gradients backward. Where the
  /// parts of one weight's gradient come from two stages they are added once a
  /// step, not once a micro-batch.
  void settle(Operation *op) {
    int64_t stage = getStage(op);
    bool differ = false;
    int64_t common = -1;
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer || isFree(producer))
        continue;
      int64_t from = getStage(producer);
      Phase mine = getPhase(op).value_or(Phase::Forward);
      Phase theirs = getPhase(producer).value_or(Phase::Forward);
      if (mine == Phase::Forward)
        stage = std::max(stage, from);
      bool gradients =
          theirs == Phase::InputGrad || theirs == Phase::WeightGrad;
      if ((mine == Phase::InputGrad || mine == Phase::WeightGrad) &&
          gradients) {
        stage = std::min(stage, from);
        // Parts of a weight's gradient, not what they are made of.
        if (theirs == Phase::WeightGrad) {
          differ |= common >= 0 && common != from;
          common = from;
        }
      }
    }
    setStage(op, stage);
    if (differ && getPhase(op) == Phase::WeightGrad)
      op->setAttr(tags::kPhase,
                  PhaseAttr::get(op->getContext(), Phase::Update));
  }

  ModuleOp module;
  func::FuncOp func;
  ArrayRef<int64_t> stages;
};
} // namespace

void mpc::assignStages(ModuleOp module, func::FuncOp func,
                       ArrayRef<int64_t> stages) {
  StageAssignment(module, func, stages).run();
}

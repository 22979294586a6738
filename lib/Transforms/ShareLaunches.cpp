//===- ShareLaunches.cpp - updates of many variables in one launch --------===//

#include "mpc/Fusion/FusedSpace.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_SHARELAUNCHES
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// Whether the region computes elements, each by itself.
static bool isPointwise(FusedOp op) {
  return llvm::none_of(op.getBody().front(), [](Operation &inner) {
    FusionRole role = getFusionRole(&inner);
    return role == FusionRole::Reduction || role == FusionRole::Scatter;
  });
}

namespace {
/// Regions that nothing between them waits for.
class Group {
public:
  bool isReadBy(Operation *op) const {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return members.contains(operand.getDefiningOp());
    });
  }
  /// Inputs, outputs and shard offsets.
  static int64_t getNumParameters(FusedOp op) {
    int64_t count = op->getNumOperands() + op->getNumResults();
    for (auto positional : op.getBody().getOps<PositionalOpInterface>())
      count += positional.getShardOffset() ? 1 : 0;
    return count;
  }
  bool hasRoomFor(FusedOp op, int64_t most) const {
    return parameters + getNumParameters(op) <= most;
  }
  void add(FusedOp op) {
    members.insert(op);
    parameters += getNumParameters(op);
  }
  /// Tags the members, if they are several, and forgets them.
  void close(int64_t &number) {
    if (members.size() > 1) {
      Builder b(members.front()->getContext());
      for (Operation *op : members)
        op->setAttr(tags::kLaunch, b.getI64IntegerAttr(number));
      ++number;
    }
    members.clear();
    parameters = 0;
  }

private:
  llvm::SetVector<Operation *> members;
  int64_t parameters = 0;
};

struct ShareLaunches : mpc::impl::ShareLaunchesBase<ShareLaunches> {
  using ShareLaunchesBase::ShareLaunchesBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal() || !function->hasAttr(tags::kBody) ||
        getBodyKind(function) != schedule::ActionKind::Update)
      return;
    Group group;
    int64_t number = 0;
    for (Operation &op : function.getBody().front()) {
      // Stored and returned is what is left at the end.
      bool isLast = isa<AssignOp>(op) || op.hasTrait<OpTrait::IsTerminator>();
      if (!isLast && group.isReadBy(&op))
        group.close(number);
      auto fused = dyn_cast<FusedOp>(op);
      if (!fused || !isPointwise(fused))
        continue;
      if (!group.hasRoomFor(fused, maxParameters))
        group.close(number);
      group.add(fused);
    }
    group.close(number);
  }
};
} // namespace

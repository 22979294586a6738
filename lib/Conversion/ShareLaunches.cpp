//===- ShareLaunches.cpp - several small regions in one launch ------------===//

#include "FusedToGPU/RegionKernel.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/Fusion/Clusters.h"
#include "mpc/IR/Tags.h"

namespace mpc {
#define GEN_PASS_DEF_SHARELAUNCHES
#include "mpc/Conversion/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
/// Regions that nothing between them waits for.
class Group {
public:
  bool isReadBy(Operation *op) const {
    return llvm::any_of(op->getOperands(), [&](Value operand) {
      return results.contains(operand);
    });
  }
  bool takes(const RegionKernel &region, int64_t maxParameters) const {
    return members.empty() ||
           (members.front().canShareLaunch(region) &&
            parameters + region.getNumParameters() <= maxParameters);
  }
  void add(RegionKernel region) {
    for (Value result : region.getOp()->getResults())
      results.insert(result);
    parameters += region.getNumParameters();
    members.push_back(std::move(region));
  }
  /// Another name for a result, which nobody waits for yet.
  void addName(Value result) { results.insert(result); }

  /// Tags the members, if they are several, and forgets them.
  void close(int64_t &number) {
    if (members.size() > 1) {
      Builder b(members.front().getOp()->getContext());
      for (RegionKernel &member : members)
        member.getOp()->setAttr(tags::kLaunch, b.getI64IntegerAttr(number));
      ++number;
    }
    members.clear();
    results.clear();
    parameters = 0;
  }

private:
  std::vector<RegionKernel> members;
  llvm::SmallDenseSet<Value> results;
  int64_t parameters = 0;
};

struct ShareLaunches : mpc::impl::ShareLaunchesBase<ShareLaunches> {
  using ShareLaunchesBase::ShareLaunchesBase;
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    options.bufferAlignment = bufferAlignment;
    // One pass object may see several functions, as threads come free.
    number = 0;
    auto kind = function->getAttrOfType<StringAttr>(tags::kBody);
    isUpdate = kind && kind.getValue() == "update";
    for (Operation &op : function.getBody().front())
      if (failed(visit(&op)))
        return signalPassFailure();
    closeAll();
  }

private:
  LogicalResult visit(Operation *op);
  LogicalResult addRegion(FusedOp op);
  void closeAll() {
    for (Group &group : groups)
      group.close(number);
    groups.clear();
  }

  /// Open ones: regions of another kind need not close them.
  std::vector<Group> groups;
  GPUOptions options;
  int64_t number = 0;
  bool isUpdate = false;
};
} // namespace

LogicalResult ShareLaunches::visit(Operation *op) {
  // Stored and returned is what is left at the end.
  if (isa<AssignOp>(op) || op->hasTrait<OpTrait::IsTerminator>())
    return success();
  bool isLaunch = isa<LibraryOpInterface>(op) || communicates(op);
  if (isLaunch && !isUpdate) {
    closeAll();
    return success();
  }
  for (Group &group : groups)
    if (group.isReadBy(op)) {
      if (isa<ReshapeOp>(op))
        group.addName(op->getResult(0));
      else
        group.close(number);
    }
  if (auto fused = dyn_cast<FusedOp>(op))
    return addRegion(fused);
  return success();
}

LogicalResult ShareLaunches::addRegion(FusedOp op) {
  FailureOr<RegionKernel> region = RegionKernel::get(op, options);
  if (failed(region))
    return failure();
  for (Group &group : groups)
    if (group.takes(*region, maxParameters)) {
      group.add(std::move(*region));
      return success();
    }
  groups.emplace_back();
  groups.back().add(std::move(*region));
  return success();
}

//===- ComputeCost.cpp - seconds of straight-line code --------------------===//

#include "mpc/Cost/ComputeCost.h"
#include "mpc/IR/OpCost.h"

using namespace mlir;
using namespace mpc;

/// Vector units without fused multiply-adds, and functions such as exp.
static constexpr double kPointwiseShareOfPeak = 0.1;

SizeView SizeView::asWritten() {
  return {[](Operation *op) {
            auto ruled = dyn_cast<ShardingRuleOpInterface>(op);
            return ruled ? ruled.getFlops() : 0.0;
          },
          [](Value value) -> double {
            return getByteSize(cast<RankedTensorType>(value.getType()));
          }};
}

bool mpc::isCollective(Operation *op) {
  return communicates(op) || isa<ShardSliceOp, ReshardOp>(op);
}

/// Fused with its neighbours.
static bool isFusible(Operation *op) {
  return !isa<LibraryOpInterface, ReadOp, AssignOp, func::ReturnOp>(op) &&
         !op->hasTrait<OpTrait::ConstantLike>() && !isCollective(op);
}

static bool isFree(Operation *op) {
  return isa<ReadOp, AssignOp, func::ReturnOp>(op) ||
         op->hasTrait<OpTrait::ConstantLike>() || isCollective(op);
}

/// Whether a fused region has to load this operand. Constants are immediates.
static bool isLoaded(Value operand) {
  Operation *producer = operand.getDefiningOp();
  return !producer ||
         (!isFusible(producer) && !producer->hasTrait<OpTrait::ConstantLike>());
}

static bool isStored(Value result) {
  return llvm::any_of(result.getUsers(),
                      [](Operation *user) { return !isFusible(user); });
}

double mpc::getPeakFlops(Operation *op, const DeviceGroup &device) {
  Type type = op->getNumOperands() ? op->getOperand(0).getType()
                                   : op->getResult(0).getType();
  Type element = cast<RankedTensorType>(type).getElementType();
  return device.getPeakFlops(element.isBF16()  ? "bf16"
                             : element.isF16() ? "f16"
                                               : "f32");
}

static double getLibrarySeconds(Operation *op, const SizeView &view,
                                    const DeviceGroup &device) {
  double bytes = 0;
  for (Value operand : op->getOperands())
    bytes += view.bytes(operand);
  for (Value result : op->getResults())
    bytes += view.bytes(result);
  double ideal =
      std::max(view.flops(op) / (getPeakFlops(op, device) * device.efficiency),
               bytes / device.memoryBandwidth);
  // Efficiency t / (t + ramp) is the same as a constant addition.
  return ideal + device.rampSeconds + device.launchSeconds;
}

static double getFusedSeconds(Operation *op, const SizeView &view,
                              const DeviceGroup &device) {
  double bytes = 0;
  bool launches = false;
  for (Value operand : op->getOperands())
    bytes += isLoaded(operand) ? view.bytes(operand) : 0;
  for (Value result : op->getResults()) {
    if (!isStored(result))
      continue;
    bytes += view.bytes(result);
    launches = true;
  }
  // Registers are in f32 whatever memory is in.
  double arithmetic =
      view.flops(op) / (device.getPeakFlops("f32") * kPointwiseShareOfPeak);
  return std::max(arithmetic, bytes / device.memoryBandwidth) +
         (launches ? device.launchSeconds : 0);
}

double mpc::getOpSeconds(Operation *op, const SizeView &view,
                         const DeviceGroup &device) {
  if (isFree(op))
    return 0;
  if (isa<LibraryOpInterface>(op))
    return getLibrarySeconds(op, view, device);
  return getFusedSeconds(op, view, device);
}

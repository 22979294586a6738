//===- RegionKernel.cpp - plans, code and bytes of a region ---------------===//

#include "RegionKernel.h"
#include "../EmitKernel.h"

using namespace mlir;
using namespace mpc;

/// Threads of a block of regions without reductions that share a launch.
static constexpr int64_t kSharedBlock = 256;

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * ceilDiv(type.getElementTypeBitWidth(), 8);
}

/// Elements of an input that an operand's reads touch, each once.
static int64_t getNumTouched(const KernelPlan &plan, OpOperand &operand,
                             const LinearForm &form) {
  int64_t whole =
      cast<RankedTensorType>(operand.get().getType()).getNumElements();
  bool isTable = getFusionRole(operand.getOwner()) == FusionRole::Gather &&
                 operand.getOperandNumber() == 0;
  BitVector span =
      isTable ? plan.getSpan(operand.getOwner()->getResult(0)) : form.getSpan();
  int64_t touched = 1;
  for (unsigned factor : span.set_bits())
    touched *= plan.sizes[factor];
  return std::min(touched, whole);
}

/// What a kernel of loops reads and writes.
static std::pair<int64_t, int64_t>
countRegionBytes(const KernelPlan &plan, const BlockSchedule::Passes &passes) {
  int64_t moved = 0, least = 0;
  std::set<std::pair<unsigned, unsigned>> seen;
  DenseMap<unsigned, int64_t> most;
  for (auto &[operand, form] : plan.reads) {
    unsigned input = *getInputNumber(operand->get());
    unsigned key = plan.getFirstEqual(form);
    if (!seen.insert({key, input}).second)
      continue;
    Value tensor = operand->get();
    int64_t bytes = getNumTouched(plan, *operand, plan.forms[form]) *
                    getBytes(tensor) /
                    cast<RankedTensorType>(tensor.getType()).getNumElements();
    auto times = passes.find({key, input});
    moved += bytes * (times == passes.end() ? 1 : times->second);
    most[input] = std::max(most[input], bytes);
  }
  for (auto [input, bytes] : most)
    least += bytes;
  for (Value output : plan.op->getResults())
    least += getBytes(output), moved += getBytes(output);
  return {moved, least};
}

/// Every added row is read and written once more.
static std::pair<int64_t, int64_t> countScatterBytes(FusedOp op,
                                                     ScatterAddOp scatter) {
  int64_t least = 0;
  for (Value value : op->getOperands())
    least += getBytes(value);
  least += getBytes(op->getResult(0));
  return {least + 2 * getBytes(scatter.getUpdates()), least};
}

//===----------------------------------------------------------------------===//
// Code
//===----------------------------------------------------------------------===//

FailureOr<RegionKernel> RegionKernel::get(FusedOp op,
                                          const GPUOptions &options) {
  RegionKernel region;
  region.op = op;
  FailureOr<Kernel> common = describe(op);
  if (failed(common))
    return failure();
  region.common = std::move(*common);
  region.scatter = ScatterRegion::get(op);
  if (region.scatter) {
    region.scatterPlan.emplace(region.scatter, options.bufferAlignment);
    return region;
  }
  // Functions cost less than memory.
  FailureOr<KernelPlan> plan = KernelPlan::get(op, /*keepsValues=*/false);
  if (failed(plan))
    return failure();
  region.kernelPlan.emplace(std::move(*plan));
  region.common.aliases = getAliases(*region.kernelPlan);
  region.block.emplace(*region.kernelPlan, options.bufferAlignment);
  return region;
}

bool RegionKernel::canShareLaunch(const RegionKernel &other) const {
  if (isPointwise() || other.isPointwise())
    return isPointwise() && other.isPointwise();
  return block && other.block && getBlockSize() == other.getBlockSize();
}

void RegionKernel::setSharedBlock() {
  if (isPointwise())
    block->teams = kSharedBlock;
}

/// Whether what one member of a team stores for the item may lie where others
/// read.
bool RegionKernel::overwritesItems() const {
  for (auto [output, inputs] : llvm::enumerate(common.aliases))
    if (!inputs.empty() && !kernelPlan->spansInner(output))
      return true;
  return false;
}

void RegionKernel::emit(OpBuilder &builder, gpu::GPUFuncOp function,
                        ValueRange arguments, Value number, Value thread,
                        const GPUOptions &options, GPUKernel &kernel) const {
  VectorBuilder vectors(builder, op->getLoc(),
                        scatterPlan ? scatterPlan->width : block->width,
                        {std::min<int64_t>(options.bufferAlignment, 16),
                         /*oneByOne=*/true});
  std::pair<int64_t, int64_t> bytes;
  if (scatterPlan) {
    emitBlockScatter(scatter, *scatterPlan, vectors, arguments, number, thread);
    bytes = countScatterBytes(op, scatter.scatter);
  } else {
    BlockSchedule schedule(*kernelPlan, *block, vectors, function, arguments);
    schedule.emit(number, thread, overwritesItems());
    bytes = countRegionBytes(*kernelPlan, schedule.getPasses());
  }
  kernel.movedBytes += bytes.first;
  kernel.leastBytes += bytes.second;
}

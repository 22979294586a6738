//===- EmitGPUKernel.cpp - gpu functions around schedules -----------------===//

#include "EmitKernel.h"
#include "FusedToGPU/BlockScatter.h"
#include "FusedToGPU/BlockSchedule.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mpc/Conversion/GPUKernels.h"

using namespace mlir;
using namespace mpc;

/// Of a grid's first dimension.
static constexpr int64_t kMaxGrid = std::numeric_limits<int32_t>::max();

namespace {
/// A region with its plan: that of a scatter, or that of anything else.
class KernelEmitter {
public:
  KernelEmitter(FusedOp op, const GPUOptions &options)
      : op(op), options(options), scatter(ScatterRegion::get(op)) {}

  /// Appends the kernel to `module`.
  FailureOr<GPUKernel> build(ModuleOp module);

private:
  LogicalResult plan();
  gpu::GPUFuncOp createFunction(ModuleOp module);
  void emitBody(gpu::GPUFuncOp function);
  void setArguments(gpu::GPUFuncOp function);
  int64_t getWidth() const {
    return scatterPlan ? scatterPlan->width : block->width;
  }
  bool overwritesItems() const;

  FusedOp op;
  const GPUOptions &options;
  ScatterRegion scatter;
  std::optional<ScatterPlan> scatterPlan;
  std::optional<KernelPlan> kernelPlan;
  std::optional<BlockPlan> block;
  GPUKernel kernel;
};
} // namespace

LogicalResult KernelEmitter::plan() {
  FailureOr<Kernel> common = describe(op);
  if (failed(common))
    return failure();
  kernel.symbol = common->symbol;
  if (options.bufferAlignment != 16)
    kernel.symbol += "_a" + std::to_string(options.bufferAlignment);
  kernel.scalars = common->scalars;
  kernel.aliases = common->aliases;
  if (scatter) {
    scatterPlan.emplace(scatter, options.bufferAlignment);
    kernel.gridSize = scatterPlan->getGridSize();
    kernel.blockSize = scatterPlan->threads;
  } else {
    FailureOr<KernelPlan> plan = KernelPlan::get(op);
    if (failed(plan))
      return failure();
    kernelPlan.emplace(std::move(*plan));
    block.emplace(*kernelPlan, options.bufferAlignment);
    kernel.gridSize = block->getGridSize();
    kernel.blockSize = block->getBlockSize();
  }
  if (kernel.gridSize > kMaxGrid)
    return op.emitOpError("needs ")
           << kernel.gridSize << " blocks of threads, expected at most "
           << kMaxGrid << " on a GPU";
  return success();
}

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * ceilDiv(type.getElementTypeBitWidth(), 8);
}

//===----------------------------------------------------------------------===//
// Bytes
//===----------------------------------------------------------------------===//

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
countRegionBytes(const KernelPlan &plan, const BlockPlan &block,
                 const BlockSchedule::Passes &passes) {
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
  if (!block.isResident())
    for (auto &[value, place] : plan.kept)
      moved += 2 * getBytes(plan.op->getResult(place.output));
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

/// What no output may overwrite is never written while the kernel runs.
void KernelEmitter::setArguments(gpu::GPUFuncOp function) {
  Builder builder(op.getContext());
  llvm::SmallDenseSet<unsigned> overwritten;
  for (const auto &inputs : kernel.aliases)
    overwritten.insert(inputs.begin(), inputs.end());
  unsigned numBuffers = op->getNumOperands() + op->getNumResults();
  for (unsigned i = 0; i < numBuffers; ++i) {
    function.setArgAttr(i, "llvm.align",
                        builder.getI64IntegerAttr(options.bufferAlignment));
    if (i >= op->getNumOperands() || overwritten.contains(i))
      continue;
    function.setArgAttr(i, "llvm.noalias", builder.getUnitAttr());
    function.setArgAttr(i, "llvm.readonly", builder.getUnitAttr());
  }
}

gpu::GPUFuncOp KernelEmitter::createFunction(ModuleOp module) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = op.getLoc();
  auto holder = gpu::GPUModuleOp::create(b, loc, kernel.symbol);
  holder->setAttr("mpc.grid", b.getI64IntegerAttr(kernel.gridSize));
  holder->setAttr("mpc.block", b.getI64IntegerAttr(kernel.blockSize));
  b.setInsertionPointToStart(holder.getBody());
  SmallVector<Type> types;
  for (Type tensor : op->getOperandTypes())
    types.push_back(getBufferType(tensor));
  for (Type tensor : op->getResultTypes())
    types.push_back(getBufferType(tensor));
  types.append(kernel.scalars.size(), b.getI64Type());
  auto function = gpu::GPUFuncOp::create(b, loc, kernel.symbol,
                                         b.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  auto size = [&](int64_t x) {
    return b.getDenseI32ArrayAttr({static_cast<int32_t>(x), 1, 1});
  };
  function.setKnownBlockSizeAttr(size(kernel.blockSize));
  function.setKnownGridSizeAttr(size(kernel.gridSize));
  setArguments(function);
  return function;
}

/// Whether what one member of a team stores for the item may lie where others
/// read.
bool KernelEmitter::overwritesItems() const {
  for (auto [output, inputs] : llvm::enumerate(kernel.aliases))
    if (!inputs.empty() && !kernelPlan->spansInner(output))
      return true;
  return false;
}

void KernelEmitter::emitBody(gpu::GPUFuncOp function) {
  Block &entry = function.getBody().front();
  OpBuilder b = OpBuilder::atBlockEnd(&entry);
  Location loc = op.getLoc();
  VectorBuilder vectors(b, loc, getWidth(),
                        {std::min<int64_t>(options.bufferAlignment, 16),
                         /*oneByOne=*/true});
  Value number = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
  Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
  if (scatterPlan) {
    emitBlockScatter(scatter, *scatterPlan, vectors, function, number, thread);
    std::tie(kernel.movedBytes, kernel.leastBytes) =
        countScatterBytes(op, scatter.scatter);
  } else {
    BlockSchedule schedule(*kernelPlan, *block, vectors, function);
    schedule.emit(number, thread, overwritesItems());
    std::tie(kernel.movedBytes, kernel.leastBytes) =
        countRegionBytes(*kernelPlan, *block, schedule.getPasses());
  }
  gpu::ReturnOp::create(b, loc);
  for (BlockArgument shared : function.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(shared.getType());
    kernel.sharedBytes +=
        type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }
}

FailureOr<GPUKernel> KernelEmitter::build(ModuleOp module) {
  if (failed(plan()))
    return failure();
  emitBody(createFunction(module));
  return std::move(kernel);
}

FailureOr<GPUKernel> mpc::emitGPUKernel(FusedOp op, const GPUOptions &options,
                                        ModuleOp module) {
  return KernelEmitter(op, options).build(module);
}

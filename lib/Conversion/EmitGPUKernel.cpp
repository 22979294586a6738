//===- EmitGPUKernel.cpp - gpu functions around regions -------------------===//

#include "EmitKernel.h"
#include "FusedToGPU/RegionKernel.h"
#include "KernelText.h"

using namespace mlir;
using namespace mpc;

/// Of a grid's first dimension.
static constexpr int64_t kMaxGrid = std::numeric_limits<int32_t>::max();

namespace {
/// A kernel of one region, or of several that share a launch.
class KernelEmitter {
public:
  KernelEmitter(ArrayRef<FusedOp> ops, const GPUOptions &options)
      : ops(ops), options(options) {}

  /// What is known before anything is emitted.
  FailureOr<GPUKernel> describe();
  /// Appends the kernel to `module`.
  FailureOr<GPUKernel> build(ModuleOp module);

private:
  LogicalResult plan();
  LogicalResult checkSizes();
  void setSymbol();
  void addInterface(const RegionKernel &region);
  void addScalars();
  gpu::GPUFuncOp createFunction(ModuleOp module);
  void emitBody(gpu::GPUFuncOp function);
  void emitShared(OpBuilder &b, gpu::GPUFuncOp function, Value number,
                  Value thread);

  ArrayRef<FusedOp> ops;
  const GPUOptions &options;
  SmallVector<RegionKernel, 1> regions;
  GPUKernel kernel;
  /// Of the function.
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> attributes;
};
} // namespace

LogicalResult KernelEmitter::plan() {
  for (FusedOp op : ops) {
    FailureOr<RegionKernel> region = RegionKernel::get(op, options);
    if (failed(region))
      return failure();
    if (!regions.empty() && !region->canShareLaunch(regions.front()))
      return op.emitOpError(
          "cannot share a launch with the first region of it: "
          "expected blocks of one size");
    regions.push_back(std::move(*region));
  }
  for (RegionKernel &region : regions) {
    if (ops.size() > 1)
      region.setSharedBlock();
    kernel.gridSize += region.getGridSize();
    addInterface(region);
  }
  addScalars();
  kernel.blockSize = regions.front().getBlockSize();
  setSymbol();
  return checkSizes();
}

LogicalResult KernelEmitter::checkSizes() {
  FusedOp first = ops.front();
  if (kernel.gridSize > kMaxGrid)
    return first.emitOpError("needs ")
           << kernel.gridSize << " blocks of threads, expected at most "
           << kMaxGrid << " on a GPU";
  if (static_cast<int64_t>(types.size()) > kMaxGPUParameters)
    return first.emitOpError("and the regions that share its launch have ")
           << types.size() << " parameters, expected at most "
           << kMaxGPUParameters;
  return success();
}

void KernelEmitter::setSymbol() {
  kernel.symbol = regions.front().getCommon().symbol;
  if (regions.size() > 1) {
    std::string all;
    for (const RegionKernel &region : regions)
      all += region.getCommon().symbol + "\n";
    kernel.symbol = getKernelSymbol(all);
  }
  if (options.bufferAlignment != 16)
    kernel.symbol += "_a" + std::to_string(options.bufferAlignment);
}

/// What no output may overwrite is never written while the kernel runs.
void KernelEmitter::addInterface(const RegionKernel &region) {
  Builder b(region.getOp()->getContext());
  const Kernel &common = region.getCommon();
  FusedOp op = region.getOp();
  NamedAttribute alignment("llvm.align",
                           b.getI64IntegerAttr(options.bufferAlignment));
  NamedAttribute noAlias("llvm.noalias", b.getUnitAttr());
  NamedAttribute readOnly("llvm.readonly", b.getUnitAttr());
  llvm::SmallDenseSet<unsigned> overwritten;
  for (const auto &inputs : common.aliases)
    overwritten.insert(inputs.begin(), inputs.end());
  for (auto [input, type] : llvm::enumerate(op->getOperandTypes())) {
    types.push_back(getBufferType(type));
    attributes.push_back(
        overwritten.contains(input)
            ? b.getDictionaryAttr(alignment)
            : b.getDictionaryAttr({alignment, noAlias, readOnly}));
  }
  for (Type type : op->getResultTypes()) {
    types.push_back(getBufferType(type));
    attributes.push_back(b.getDictionaryAttr(alignment));
  }
  kernel.scalars.append(common.scalars);
  kernel.aliases.append(common.aliases);
}

/// Behind the buffers of all regions.
void KernelEmitter::addScalars() {
  Builder b(ops.front()->getContext());
  types.append(kernel.scalars.size(), b.getI64Type());
  attributes.append(kernel.scalars.size(), b.getDictionaryAttr({}));
}

gpu::GPUFuncOp KernelEmitter::createFunction(ModuleOp module) {
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  Location loc = ops.front()->getLoc();
  auto holder = gpu::GPUModuleOp::create(b, loc, kernel.symbol);
  holder->setAttr("mpc.grid", b.getI64IntegerAttr(kernel.gridSize));
  holder->setAttr("mpc.block", b.getI64IntegerAttr(kernel.blockSize));
  b.setInsertionPointToStart(holder.getBody());
  auto function = gpu::GPUFuncOp::create(b, loc, kernel.symbol,
                                         b.getFunctionType(types, {}));
  function->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  auto size = [&](int64_t x) {
    return b.getDenseI32ArrayAttr({static_cast<int32_t>(x), 1, 1});
  };
  function.setKnownBlockSizeAttr(size(kernel.blockSize));
  function.setKnownGridSizeAttr(size(kernel.gridSize));
  function.setAllArgAttrs(attributes);
  return function;
}

/// Blocks are dealt to the regions in order.
void KernelEmitter::emitShared(OpBuilder &b, gpu::GPUFuncOp function,
                               Value number, Value thread) {
  Location loc = ops.front()->getLoc();
  // A copy: regions add shared memory to the function, as more arguments.
  SmallVector<Value> all(function.getArguments());
  ArrayRef<Value> buffers = ArrayRef(all).drop_back(kernel.scalars.size()),
                  scalars = ArrayRef(all).take_back(kernel.scalars.size());
  int64_t first = 0;
  for (const RegionKernel &region : regions) {
    size_t numScalars = region.getCommon().scalars.size(),
           numBuffers = region.getNumParameters() - numScalars;
    SmallVector<Value> arguments(buffers.take_front(numBuffers));
    llvm::append_range(arguments, scalars.take_front(numScalars));
    buffers = buffers.drop_front(numBuffers);
    scalars = scalars.drop_front(numScalars);
    // Numbers of earlier blocks wrap to large ones.
    Value own = arith::SubIOp::create(
        b, loc, number, arith::ConstantIndexOp::create(b, loc, first));
    Value isOwn = arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ult, own,
        arith::ConstantIndexOp::create(b, loc, region.getGridSize()));
    first += region.getGridSize();
    auto guarded = scf::IfOp::create(b, loc, isOwn);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(guarded.thenBlock());
    region.emit(b, function, arguments, own, thread, options, kernel);
  }
}

void KernelEmitter::emitBody(gpu::GPUFuncOp function) {
  OpBuilder b = OpBuilder::atBlockEnd(&function.getBody().front());
  Location loc = ops.front()->getLoc();
  Value number = gpu::BlockIdOp::create(b, loc, gpu::Dimension::x);
  Value thread = gpu::ThreadIdOp::create(b, loc, gpu::Dimension::x);
  if (regions.size() > 1) {
    emitShared(b, function, number, thread);
  } else {
    SmallVector<Value> arguments(function.getArguments());
    regions.front().emit(b, function, arguments, number, thread, options,
                         kernel);
  }
  gpu::ReturnOp::create(b, loc);
  for (BlockArgument shared : function.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(shared.getType());
    kernel.sharedBytes +=
        type.getNumElements() * type.getElementTypeBitWidth() / 8;
  }
}

FailureOr<GPUKernel> KernelEmitter::describe() {
  kernel.gridSize = 0;
  if (failed(plan()))
    return failure();
  return kernel;
}

FailureOr<GPUKernel> KernelEmitter::build(ModuleOp module) {
  if (failed(describe()))
    return failure();
  emitBody(createFunction(module));
  return std::move(kernel);
}

FailureOr<GPUKernel> mpc::describeGPUKernel(ArrayRef<FusedOp> ops,
                                            const GPUOptions &options) {
  return KernelEmitter(ops, options).describe();
}

FailureOr<GPUKernel> mpc::emitGPUKernel(ArrayRef<FusedOp> ops,
                                        const GPUOptions &options,
                                        ModuleOp module) {
  return KernelEmitter(ops, options).build(module);
}

//===- GPUSimulator.cpp - NVVM kernels for this machine -------------------===//

#include "GPUSimulator.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/TargetSelect.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {
/// Rewrites what only a GPU has as calls.
class HostRewriter {
public:
  explicit HostRewriter(ModuleOp module) : module(module) {
    b.setInsertionPointToStart(module.getBody());
    Type i32 = b.getI32Type(), i1 = b.getI1Type();
    Type nothing = LLVM::LLVMVoidType::get(b.getContext());
    thread = declare("sim_thread", i32, {});
    block = declare("sim_block", i32, {});
    barrier = declare("sim_barrier", nothing, {});
    shuffle = declare("sim_shuffle", i32, {i32, i32, i32});
    vote = declare("sim_ballot", i32, {i1});
  }
  /// Whether threads wait for others.
  bool rewrite(LLVM::LLVMFuncOp kernel);

private:
  LLVM::LLVMFuncOp declare(StringRef name, Type result, ArrayRef<Type> types) {
    return LLVM::LLVMFuncOp::create(b, module.getLoc(), name,
                                    LLVM::LLVMFunctionType::get(result, types));
  }
  Value call(LLVM::LLVMFuncOp function, ValueRange operands) {
    auto op = LLVM::CallOp::create(b, module.getLoc(), function, operands);
    return op->getNumResults() ? op.getResult() : Value();
  }
  Value constant(int32_t value) {
    return LLVM::ConstantOp::create(b, module.getLoc(), b.getI32Type(),
                                    b.getI32IntegerAttr(value));
  }
  Value rewriteShuffle(NVVM::ShflOp op);
  void addEntry(LLVM::LLVMFuncOp kernel);

  ModuleOp module;
  OpBuilder b{module.getContext()};
  LLVM::LLVMFuncOp thread, block, barrier, shuffle, vote;
};
} // namespace

Value HostRewriter::rewriteShuffle(NVVM::ShflOp op) {
  Location loc = op.getLoc();
  Value value = op.getVal();
  Type type = value.getType(), i32 = b.getI32Type();
  if (type != i32)
    value = LLVM::BitcastOp::create(b, loc, i32, value);
  int32_t kind = op.getKind() == NVVM::ShflKind::bfly ? 0 : 1;
  Value result = call(shuffle, {value, op.getOffset(), constant(kind)});
  if (type != i32)
    result = LLVM::BitcastOp::create(b, loc, type, result);
  Type returned = op.getRes().getType();
  if (returned == type)
    return result;
  Value pair = LLVM::PoisonOp::create(b, loc, returned);
  Value valid =
      LLVM::ConstantOp::create(b, loc, b.getI1Type(), b.getBoolAttr(true));
  pair =
      LLVM::InsertValueOp::create(b, loc, pair, result, ArrayRef<int64_t>{0});
  return LLVM::InsertValueOp::create(b, loc, pair, valid, ArrayRef<int64_t>{1});
}

/// void @entry(char **buffers, i64 *scalars)
void HostRewriter::addEntry(LLVM::LLVMFuncOp kernel) {
  Location loc = module.getLoc();
  b.setInsertionPointToEnd(module.getBody());
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  auto entry = declare("entry", LLVM::LLVMVoidType::get(b.getContext()),
                       {pointer, pointer});
  Block *body = entry.addEntryBlock(b);
  b.setInsertionPointToStart(body);
  SmallVector<Value> operands;
  int32_t counts[2] = {0, 0};
  for (Type type : kernel.getFunctionType().getParams()) {
    bool isScalar = type.isInteger(64);
    Value address =
        LLVM::GEPOp::create(b, loc, pointer, type, body->getArgument(isScalar),
                            ArrayRef<LLVM::GEPArg>{counts[isScalar]++});
    operands.push_back(LLVM::LoadOp::create(b, loc, type, address));
  }
  call(kernel, operands);
  LLVM::ReturnOp::create(b, loc, ValueRange());
}

bool HostRewriter::rewrite(LLVM::LLVMFuncOp kernel) {
  SmallVector<NamedAttribute> kept;
  for (NamedAttribute attribute : kernel->getDiscardableAttrs())
    if (!attribute.getName().strref().starts_with("nvvm.") &&
        !attribute.getName().strref().starts_with("gpu."))
      kept.push_back(attribute);
  kernel->setDiscardableAttrs(kept);
  SmallVector<Operation *> gpuOps;
  kernel.walk([&](Operation *op) {
    if (op->getName().getDialectNamespace() == "nvvm")
      gpuOps.push_back(op);
  });
  bool hasMeetings = false;
  for (Operation *op : gpuOps) {
    b.setInsertionPoint(op);
    hasMeetings |= !isa<NVVM::ThreadIdXOp, NVVM::BlockIdXOp>(op);
    Value result;
    if (isa<NVVM::ThreadIdXOp>(op))
      result = call(thread, {});
    else if (isa<NVVM::BlockIdXOp>(op))
      result = call(block, {});
    else if (isa<NVVM::Barrier0Op>(op))
      call(barrier, {});
    else if (auto shfl = dyn_cast<NVVM::ShflOp>(op))
      result = rewriteShuffle(shfl);
    else if (auto ballot = dyn_cast<NVVM::VoteSyncOp>(op))
      result = call(vote, {ballot.getPred()});
    else
      continue; // The translation to this machine's LLVM refuses it.
    if (result)
      op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }
  addEntry(kernel);
  return hasMeetings;
}

static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> load(ModuleOp module) {
  static const bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;
  auto context = std::make_unique<llvm::LLVMContext>();
  auto code = translateModuleToLLVMIR(module, *context, "simulated");
  if (!code)
    return llvm::createStringError("a kernel cannot run on this machine");
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  code->setDataLayout((*jit)->getDataLayout());
  llvm::orc::SymbolMap symbols;
  auto define = [&](StringRef name, auto *function) {
    symbols[(*jit)->mangleAndIntern(name)] = {
        llvm::orc::ExecutorAddr::fromPtr(function),
        llvm::JITSymbolFlags::Exported | llvm::JITSymbolFlags::Callable};
  };
  define("sim_thread", &getThreadId);
  define("sim_block", &getBlockId);
  define("sim_barrier", &waitForBlock);
  define("sim_shuffle", &shuffle);
  define("sim_ballot", &ballot);
  if (llvm::Error error = (*jit)->getMainJITDylib().define(
          llvm::orc::absoluteSymbols(std::move(symbols))))
    return error;
  if (llvm::Error error = (*jit)->addIRModule(
          llvm::orc::ThreadSafeModule(std::move(code), std::move(context))))
    return error;
  return jit;
}

llvm::Expected<GPUSimulator> GPUSimulator::create(ArrayRef<FusedOp> ops,
                                                  const GPUOptions &options) {
  GPUSimulator simulator;
  Location loc = FusedOp(ops.front()).getLoc();
  OwningOpRef<ModuleOp> emitted = ModuleOp::create(loc);
  FailureOr<GPUKernel> kernel = emitGPUKernel(ops, options, *emitted);
  if (failed(kernel))
    return llvm::createStringError("a region has no GPU kernel");
  simulator.kernel = std::move(*kernel);
  auto gpuModule = cast<gpu::GPUModuleOp>(emitted->getBody()->front());
  if (failed(lowerGPUKernel(gpuModule)))
    return llvm::createStringError("a GPU kernel has no lowering");
  OwningOpRef<ModuleOp> host = ModuleOp::create(loc);
  for (Operation &inner : llvm::make_early_inc_range(*gpuModule.getBody()))
    inner.moveBefore(host->getBody(), host->getBody()->end());
  LLVM::LLVMFuncOp code;
  for (auto function : host->getOps<LLVM::LLVMFuncOp>())
    if (function.getName() == simulator.kernel.symbol)
      code = function;
  simulator.hasMeetings = HostRewriter(*host).rewrite(code);
  auto jit = load(*host);
  if (!jit)
    return jit.takeError();
  simulator.jit = std::move(*jit);
  auto address = simulator.jit->lookup("entry");
  if (!address) // as text: the error refers to the JIT
    return llvm::createStringError(llvm::toString(address.takeError()));
  simulator.entry = address->toPtr<void (*)(char **, const int64_t *)>();
  return simulator;
}

llvm::Error GPUSimulator::run(llvm::ArrayRef<char *> buffers,
                              llvm::ArrayRef<int64_t> scalars,
                              ThreadOrder order) {
  std::vector<char *> pointers = buffers.vec();
  auto thread = [&] { entry(pointers.data(), scalars.data()); };
  if (hasMeetings)
    return runGrid(kernel.gridSize, kernel.blockSize, order, thread);
  runGridAlone(kernel.gridSize, kernel.blockSize, order, thread);
  return llvm::Error::success();
}

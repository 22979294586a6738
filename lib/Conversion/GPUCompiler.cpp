//===- GPUCompiler.cpp - NVVM to PTX --------------------------------------===//

#include "KernelCompiler.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/GPU/GPUToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/IR/Tags.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

using namespace mpc;

/// Of the PTX: what drivers since CUDA 12.7 read, and sm_90 needs 7.8.
static constexpr llvm::StringLiteral kFeatures = "+ptx86";

static std::optional<int> getVersion(llvm::StringRef chip) {
  int version = 0;
  if (!chip.consume_front("sm_") || chip.getAsInteger(10, version))
    return std::nullopt;
  return version;
}

llvm::Error mpc::check(const GPUOptions &options) {
  std::optional<int> version = getVersion(options.chip);
  if (!version || *version < 80 || *version > 90)
    return llvm::createStringError("unknown GPU '" + options.chip +
                                   "', expected one of sm_80, sm_86, sm_87, "
                                   "sm_89, sm_90");
  if (options.bufferAlignment < 1 || options.bufferAlignment > 256 ||
      !llvm::isPowerOf2_64(options.bufferAlignment))
    return llvm::createStringError(
        "expected a power of two from 1 to 256 as the alignment of buffers, "
        "found %lld",
        static_cast<long long>(options.bufferAlignment));
  return llvm::Error::success();
}

void mpc::registerGPUKernelDialects(mlir::DialectRegistry &registry) {
  registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect,
                  mlir::gpu::GPUDialect, mlir::LLVM::LLVMDialect,
                  mlir::math::MathDialect, mlir::memref::MemRefDialect,
                  mlir::NVVM::NVVMDialect, mlir::scf::SCFDialect,
                  mlir::vector::VectorDialect>();
  mlir::registerBuiltinDialectTranslation(registry);
  mlir::registerGPUDialectTranslation(registry);
  mlir::registerLLVMDialectTranslation(registry);
  mlir::registerNVVMDialectTranslation(registry);
}

void mpc::prepareGPUKernels(mlir::MLIRContext &context) {
  mlir::DialectRegistry registry;
  registerGPUKernelDialects(registry);
  context.appendDialectRegistry(registry);
  for (llvm::StringRef name : registry.getDialectNames())
    context.getOrLoadDialect(name);
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createMachine(const GPUOptions &options) {
  static const bool initialized = [] {
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
    return true;
  }();
  (void)initialized;
  if (llvm::Error error = check(options))
    return error;
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string reason;
  const llvm::Target *backend =
      llvm::TargetRegistry::lookupTarget(triple, reason);
  if (!backend)
    return llvm::createStringError("cannot compile for GPUs: " + reason);
  llvm::TargetOptions target;
  target.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  return std::unique_ptr<llvm::TargetMachine>(backend->createTargetMachine(
      triple, options.chip, kFeatures, target, std::nullopt, std::nullopt,
      llvm::CodeGenOptLevel::Aggressive));
}

llvm::Expected<std::string> mpc::translateToPTX(mlir::Operation *gpuModule,
                                                const GPUOptions &options) {
  auto machine = createMachine(options);
  if (!machine)
    return machine.takeError();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      mlir::translateModuleToLLVMIR(gpuModule, context, "kernel");
  if (!code)
    return llvm::createStringError("a kernel has no translation to LLVM");
  code->setDataLayout((*machine)->createDataLayout());
  code->setTargetTriple((*machine)->getTargetTriple());
  for (llvm::Function &function : *code) {
    function.addFnAttr(llvm::Attribute::NoUnwind);
    // As the CPU's threads take them.
    function.addFnAttr("denormal-fp-math-f32", "preserve-sign,preserve-sign");
  }
  optimizeKernel(*code, **machine);
  llvm::SmallString<0> text;
  llvm::raw_svector_ostream os(text);
  llvm::legacy::PassManager passes;
  if ((*machine)->addPassesToEmitFile(passes, os, nullptr,
                                      llvm::CodeGenFileType::AssemblyFile))
    return llvm::createStringError("the target emits no PTX");
  passes.run(*code);
  return std::string(text);
}

llvm::SmallVector<llvm::SmallVector<FusedOp, 1>>
mpc::getGPULaunches(mlir::func::FuncOp function) {
  // Those that share one, and how many are still to come.
  llvm::DenseMap<mlir::Attribute, llvm::SmallVector<FusedOp, 1>> shared;
  llvm::DenseMap<mlir::Attribute, int64_t> left;
  for (FusedOp op : function.getOps<FusedOp>())
    if (mlir::Attribute launch = op->getAttr(tags::kLaunch))
      ++left[launch];
  llvm::SmallVector<llvm::SmallVector<FusedOp, 1>> launches;
  for (FusedOp op : function.getOps<FusedOp>()) {
    mlir::Attribute launch = op->getAttr(tags::kLaunch);
    if (!launch) {
      launches.push_back({op});
      continue;
    }
    shared[launch].push_back(op);
    if (--left[launch] == 0)
      launches.push_back(shared[launch]);
  }
  return launches;
}

GPUCompiler::GPUCompiler(mlir::MLIRContext &context, GPUOptions options)
    : context(context), options(std::move(options)) {
  prepareGPUKernels(context);
}

llvm::FailureOr<GPUKernel> GPUCompiler::compile(llvm::ArrayRef<FusedOp> ops) {
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  llvm::FailureOr<GPUKernel> kernel = emitGPUKernel(ops, options, *module);
  if (failed(kernel))
    return llvm::failure();
  mlir::Operation *holder = &module->getBody()->front();
  FusedOp op = ops.front();
  if (failed(lowerGPUKernel(holder))) {
    op.emitOpError("has no lowering to a GPU");
    return llvm::failure();
  }
  llvm::Expected<std::string> ptx = translateToPTX(holder, options);
  if (!ptx) {
    op.emitOpError(llvm::toString(ptx.takeError()));
    return llvm::failure();
  }
  kernel->ptx = std::move(*ptx);
  return kernel;
}

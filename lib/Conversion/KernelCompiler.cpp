//===- KernelCompiler.cpp - LLVM for the host -----------------------------===//

#include "KernelCompiler.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mpc;

KernelTarget KernelTarget::host() {
  KernelTarget target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = llvm::sys::getHostCPUName();
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> names;
  for (auto &feature : features)
    names.push_back((feature.second ? "+" : "-") + feature.first().str());
  llvm::sort(names);
  target.features = llvm::join(names, ",");
  if (features.lookup("avx512f"))
    target.vectorBytes = 64;
  else if (features.lookup("avx2"))
    target.vectorBytes = 32;
  return target;
}

llvm::Expected<KernelTarget> KernelTarget::forProcessor(llvm::StringRef cpu) {
  KernelTarget target;
  target.triple = llvm::sys::getProcessTriple();
  target.cpu = cpu;
  // LLVM only warns of a name that it does not know.
  auto generic = KernelCompiler::create({target.triple, "generic", ""});
  if (!generic)
    return generic.takeError();
  if (!generic->getMachine().getMCSubtargetInfo()->isCPUStringValid(cpu))
    return llvm::createStringError("unknown processor '" + cpu +
                                   "', expected one of LLVM's names, such as "
                                   "x86-64-v3, x86-64-v4 or znver4");
  auto own = KernelCompiler::create(target);
  if (!own)
    return own.takeError();
  const llvm::MCSubtargetInfo &info = *own->getMachine().getMCSubtargetInfo();
  if (info.checkFeatures("+avx512f"))
    target.vectorBytes = 64;
  else if (info.checkFeatures("+avx2"))
    target.vectorBytes = 32;
  return target;
}

std::string KernelTarget::str() const {
  return triple + " " + cpu + " " + features + " " +
         std::to_string(vectorBytes);
}

KernelCompiler::KernelCompiler(KernelTarget target,
                               std::unique_ptr<llvm::TargetMachine> machine)
    : target(std::move(target)), machine(std::move(machine)) {}
KernelCompiler::KernelCompiler(KernelCompiler &&) = default;
KernelCompiler::~KernelCompiler() = default;

llvm::Expected<KernelCompiler> KernelCompiler::create(KernelTarget target) {
  static const bool initialized = [] {
    return !llvm::InitializeNativeTarget() &&
           !llvm::InitializeNativeTargetAsmPrinter();
  }();
  llvm::Triple triple(target.triple);
  std::string reason = "LLVM has no code generator for this machine";
  const llvm::Target *backend =
      initialized ? llvm::TargetRegistry::lookupTarget(triple, reason)
                  : nullptr;
  if (!backend)
    return llvm::createStringError("cannot compile kernels: " + reason);
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  std::unique_ptr<llvm::TargetMachine> machine(backend->createTargetMachine(
      triple, target.cpu, target.features, options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
  return KernelCompiler(std::move(target), std::move(machine));
}

void mpc::optimizeKernel(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
KernelCompiler::compile(mlir::ModuleOp module) {
  if (failed(lowerKernels(module, target)))
    return llvm::createStringError("a kernel has no lowering to LLVM");
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      mlir::translateModuleToLLVMIR(module, context, "kernel");
  if (!code)
    return llvm::createStringError("a kernel has no translation to LLVM");
  code->setDataLayout(machine->createDataLayout());
  code->setTargetTriple(machine->getTargetTriple());
  std::string width = std::to_string(8 * target.vectorBytes);
  for (llvm::Function &function : *code) {
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    function.addFnAttr(llvm::Attribute::NoUnwind);
  }
  optimizeKernel(*code, *machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream os(bytes);
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr,
                                   llvm::CodeGenFileType::ObjectFile))
    return llvm::createStringError("the target emits no objects");
  passes.run(*code);
  return std::make_unique<llvm::SmallVectorMemoryBuffer>(
      std::move(bytes), "kernel",
      /*RequiresNullTerminator=*/false);
}

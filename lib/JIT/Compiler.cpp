//===- Compiler.cpp - from a module to something that runs ----------------===//

#include "mpc/JIT/Compiler.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/ApplyPlan.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace mpc;

DialectRegistry mpc::makeRegistry() {
  DialectRegistry registry;
  registry.insert<MPCDialect, func::FuncDialect>();
  return registry;
}

llvm::Expected<OwningOpRef<ModuleOp>> mpc::loadModule(MLIRContext &context,
                                                      StringRef path) {
  ParserConfig config(&context);
  auto module = parseSourceFile<ModuleOp>(path, config);
  if (!module)
    return llvm::createStringError("cannot load model '" + path + "'");
  return module;
}

/// "FILE:LINE:COLUMN: ", or nothing for an op that is in no file.
static std::string describeLocation(Location location) {
  auto place = location->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ":" +
          Twine(place.getColumn()) + ": ")
      .str();
}

/// Runs passes; the diagnostics of a failure become the error's text.
static llvm::Error runPasses(ModuleOp module,
                             function_ref<void(OpPassManager &)> build) {
  std::string text;
  ScopedDiagnosticHandler handler(
      module.getContext(), [&](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != DiagnosticSeverity::Error)
          return failure();
        llvm::raw_string_ostream os(text);
        os << (text.empty() ? "" : "\n")
           << describeLocation(diagnostic.getLocation()) << diagnostic;
        return success();
      });
  // A model without a single op of mpc has not loaded it.
  module.getContext()->loadDialect<MPCDialect>();
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  build(passes);
  if (failed(passes.run(module)))
    return llvm::createStringError(text.empty() ? "compilation failed" : text);
  return llvm::Error::success();
}

llvm::Error mpc::convertToBF16(ModuleOp module) {
  return runPasses(
      module, [](OpPassManager &passes) { passes.addPass(createToBF16()); });
}

llvm::Error mpc::buildTraining(ModuleOp module,
                               const TrainingOptions &options) {
  return runPasses(module, [&](OpPassManager &passes) {
    if (options.flashAttention)
      passes.addPass(createUseFlashAttention());
    AddEvaluationOptions evaluation;
    evaluation.loss = options.autodiff.loss;
    evaluation.ignoreIndex = options.autodiff.ignoreIndex;
    passes.addPass(createAddEvaluation(evaluation));
    passes.addPass(createAutodiff(options.autodiff));
    passes.addPass(createAddOptimizer(options.optimizer));
    passes.addPass(createStripDropout());
    passes.addPass(createDecompose());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
  });
}

llvm::Error mpc::buildInference(ModuleOp module, bool flashAttention) {
  return runPasses(module, [&](OpPassManager &passes) {
    if (flashAttention)
      passes.addPass(createUseFlashAttention());
    passes.addPass(createStripDropout());
    passes.addPass(createDecompose());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
  });
}

llvm::Error mpc::lowerToLocal(ModuleOp module, const Plan &plan,
                              const ExecutableTarget &target) {
  // Applying a plan has no pass with a plan in memory: it is a function.
  std::string text;
  {
    ScopedDiagnosticHandler handler(
        module.getContext(), [&](Diagnostic &diagnostic) {
          llvm::raw_string_ostream(text)
              << diagnostic.getLocation() << ": " << diagnostic << "\n";
        });
    if (failed(applyPlan(module, plan)))
      return llvm::createStringError(StringRef(text).rtrim());
  }
  if (llvm::Error error = runPasses(module, [](OpPassManager &passes) {
        passes.addPass(createFormStages());
        // What is the same on all devices is merged before their programs part.
        passes.addPass(createCSEPass());
        passes.addPass(createLocalize());
        passes.addPass(createOverlapCommunication());
        passes.nest<func::FuncOp>().addPass(createCanonicalizerPass());
        passes.nest<func::FuncOp>().addPass(createCSEPass());
      }))
    return error;
  for (auto func : module.getOps<func::FuncOp>())
    expandContractions(func, target);
  return runPasses(module, [&](OpPassManager &passes) {
    OpPassManager &bodies = passes.nest<func::FuncOp>();
    bodies.addPass(createFormFused());
    target.addPasses(bodies);
  });
}

std::unique_ptr<ExecutableTarget>
mpc::createCPUTarget(MLIRContext &context, const CompileOptions &options,
                     int64_t devices) {
  int threads = options.threadsPerDevice
                    ? options.threadsPerDevice
                    : mpcrt_default_threads(static_cast<int32_t>(devices));
  return std::make_unique<CPUTarget>(context, options.kernels, threads);
}

std::unique_ptr<ExecutableTarget>
mpc::createCUDATarget(MLIRContext &context, const CompileOptions &options,
                      int64_t) {
  return std::make_unique<CUDATarget>(context, options.kernels, options.cuda);
}

llvm::Error mpc::toError(mpcrt_status *status) {
  if (!status)
    return llvm::Error::success();
  llvm::Error error = llvm::createStringError(mpcrt_status_message(status));
  mpcrt_status_destroy(status);
  return error;
}

/// The runtime's way to our symbols.
static mpcrt_kernel resolve(const char *symbol, void *context) {
  return static_cast<ExecutableTarget *>(context)->find(symbol);
}

llvm::Expected<std::unique_ptr<CompiledModel>>
CompiledModel::compile(ArrayRef<PlannedModule> parts,
                       const CompileOptions &options) {
  std::unique_ptr<CompiledModel> model(new CompiledModel());
  const PlannedModule &first = parts.front();
  MLIRContext *context = ModuleOp(first.module)->getContext();
  model->target = options.target(*context, options, first.plan.getNumDevices());
  SmallVector<ModuleOp> modules;
  for (const PlannedModule &part : parts) {
    if (llvm::Error error =
            lowerToLocal(part.module, part.plan, *model->target))
      return error;
    modules.push_back(part.module);
  }
  std::string text;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      llvm::raw_string_ostream(text)
          << diagnostic.getLocation() << ": " << diagnostic << "\n";
    });
    FailureOr<Executable> executable = buildExecutable(modules, *model->target);
    if (failed(executable))
      return llvm::createStringError(StringRef(text).rtrim());
    model->executable = std::move(*executable);
  }
  if (llvm::Error error = model->target->compile(model->executable.manifest))
    return error;
  std::string manifest = model->executable.manifest.dump();
  if (llvm::Error error = toError(
          mpcrt_executable_load(manifest.data(), manifest.size(), resolve,
                                model->target.get(), &model->runtime)))
    return error;
  return model;
}

CompiledModel::~CompiledModel() {
  if (runtime)
    mpcrt_executable_destroy(runtime);
}

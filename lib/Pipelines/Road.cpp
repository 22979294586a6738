//===- Road.cpp - from a model to its partitioned program -----------------===//

#include "mpc/Pipelines/Road.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/Data/AtomicFile.h"
#include "mpc/Pipelines/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mpc;

static constexpr StringLiteral kNames[] = {
    "import",   "autodiff", "decompose", "plan", "stages", "local",
    "schedule", "fused",    "gpu",       "nvvm", "ptx"};

StringRef mpc::getName(RoadPhase phase) {
  return kNames[static_cast<int>(phase)];
}

llvm::Expected<RoadPhase> mpc::parseRoadPhase(StringRef name,
                                              RoadTarget target) {
  RoadPhase last =
      target == RoadTarget::CUDA ? RoadPhase::PTX : RoadPhase::Fused;
  ArrayRef<StringLiteral> names =
      ArrayRef(kNames).take_front(static_cast<int>(last) + 1);
  const auto *it = llvm::find(names, name);
  if (it != names.end())
    return static_cast<RoadPhase>(it - names.begin());
  if (llvm::is_contained(kNames, name))
    return llvm::createStringError("phase '" + name +
                                   "' is of another target: add --target=cuda");
  return llvm::createStringError("unknown phase '" + name +
                                 "', expected one of " +
                                 llvm::join(names, ", "));
}

namespace {
/// Writes the module as it is between two passes.
struct DumpPhase : PassWrapper<DumpPhase, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(DumpPhase)
  DumpPhase(std::string dir, RoadPhase phase)
      : dir(std::move(dir)), phase(phase) {}
  StringRef getArgument() const override { return "mpc-dump-phase"; }

  void runOnOperation() override {
    SmallString<128> path(dir);
    std::error_code code = llvm::sys::fs::create_directories(dir);
    llvm::sys::path::append(path, Twine(static_cast<int>(phase)) + "-" +
                                      mpc::getName(phase) + ".mlir");
    if (code)
      return fail("cannot create directory '" + dir + "': " + code.message());
    std::string text;
    llvm::raw_string_ostream(text) << getOperation() << "\n";
    if (llvm::Error error = data::writeFileAtomically(path, text))
      return fail(llvm::toString(std::move(error)));
    markAllAnalysesPreserved();
  }

  void fail(const Twine &message) {
    emitError(getOperation().getLoc(), message);
    signalPassFailure();
  }

  std::string dir;
  RoadPhase phase;
};
} // namespace

static void addTraining(OpPassManager &passes,
                        const std::optional<TrainingRecipe> &training) {
  if (!training)
    return;
  AutodiffOptions autodiff;
  autodiff.loss = training->loss;
  passes.addPass(createAutodiff(autodiff));
  AddOptimizerOptions optimizer;
  optimizer.kind = training->optimizer;
  passes.addPass(createAddOptimizer(optimizer));
}

static void addPlanning(OpPassManager &passes, const RoadOptions &options) {
  PartitionModelOptions partition;
  partition.partition = options.partition.partition;
  partition.mesh = options.partition.mesh;
  partition.devices = options.partition.devices;
  partition.microBatches = options.partition.microBatches;
  partition.schedule = options.partition.schedule;
  partition.zero = options.partition.zero;
  partition.zeroMinBytes = options.partition.zeroMinBytes;
  partition.sequenceParallel = options.partition.sequenceParallel;
  partition.recompute = options.partition.recompute;
  partition.cluster = options.partition.cluster;
  partition.pin = options.partition.pinFile;
  partition.plan = options.partition.planFile;
  partition.emitPlan = options.partition.emitPlan;
  partition.planOnly = true;
  passes.addPass(createPartitionModel(partition));
}

static void addPhase(OpPassManager &passes, RoadPhase phase,
                     const RoadOptions &options) {
  switch (phase) {
  case RoadPhase::Import:
    if (options.bf16)
      passes.addPass(createToBF16());
    if (options.flashAttention)
      passes.addPass(createUseFlashAttention());
    return;
  case RoadPhase::Autodiff:
    return addTraining(passes, options.training);
  case RoadPhase::Decompose:
    passes.addPass(createStripDropout());
    passes.addPass(createDecompose());
    passes.addPass(createCanonicalizerPass());
    passes.addPass(createCSEPass());
    return;
  case RoadPhase::Plan:
    return addPlanning(passes, options);
  case RoadPhase::Stages:
    passes.addPass(createFormStages());
    return;
  case RoadPhase::Local:
    // What is the same on all devices is merged before their programs part.
    passes.addPass(createCSEPass());
    passes.addPass(createLocalize());
    passes.addPass(createOverlapCommunication());
    return;
  case RoadPhase::Schedule:
    passes.addPass(createSchedulePipeline());
    return;
  case RoadPhase::Fused: {
    OpPassManager &nested = passes.nest<func::FuncOp>();
    nested.addPass(createCanonicalizerPass());
    nested.addPass(createCSEPass());
    nested.addPass(createFormFused());
    if (options.target == RoadTarget::CUDA)
      nested.addPass(createShareLaunches());
    return;
  }
  case RoadPhase::GPU: {
    EmitGPUKernelsOptions emission;
    emission.chip = options.chip;
    passes.addPass(createEmitGPUKernels(emission));
    OpPassManager &nested = passes.nest<gpu::GPUModuleOp>();
    nested.addPass(createCanonicalizerPass());
    nested.addPass(createCSEPass());
    return;
  }
  case RoadPhase::NVVM:
    passes.addPass(createLowerGPUKernels());
    return;
  case RoadPhase::PTX: {
    TranslateGPUKernelsOptions translation;
    translation.chip = options.chip;
    passes.addPass(createTranslateGPUKernels(translation));
    return;
  }
  }
}

void mpc::buildRoad(OpPassManager &passes, const RoadOptions &options) {
  for (int phase = 0; phase <= static_cast<int>(options.to); ++phase) {
    addPhase(passes, static_cast<RoadPhase>(phase), options);
    if (!options.dumpDir.empty())
      passes.addPass(std::make_unique<DumpPhase>(
          options.dumpDir, static_cast<RoadPhase>(phase)));
  }
}

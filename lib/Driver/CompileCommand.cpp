//===- CompileCommand.cpp - mpc-run compile -------------------------------===//

#include "Report.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Driver/Model.h"
#include "mpc/IR/Tags.h"
#include "mpc/JIT/Package.h"
#include "mpcrt/package/Check.h"
#include "mpcrt/package/Runner.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace mpc;

/// What GPT-2 and its kin draw their matrices from.
static constexpr double randomStddev = 0.02;

static llvm::Error checkOptions(const RunOptions &options) {
  if (options.output.empty())
    return llvm::createStringError("compile needs -o F.mpcpkg");
  if (!mpcrt::isPackage(options.output))
    return llvm::createStringError("-o: expected a name that ends in .mpcpkg, "
                                   "found '" +
                                   options.output + "'");
  if (options.world)
    return llvm::createStringError("compile runs in one process");
  if (!llvm::is_contained({"embed", "given", "random"}, options.packageWeights))
    return llvm::createStringError("--package-weights: unknown value '" +
                                   options.packageWeights +
                                   "', expected embed, given or random");
  if (options.check > 0 && options.packageWeights == "given")
    return llvm::createStringError(
        "--check runs the programs, for which --package-weights=given has no "
        "weights");
  if (options.check > 0 && !options.cpu.empty())
    return llvm::createStringError("--check runs the programs here, --cpu "
                                   "compiles them for another processor");
  if (llvm::Error error = getKernelMachine(options.cpu).takeError())
    return llvm::createStringError("--cpu: " + toString(std::move(error)));
  for (const std::string &path : {options.output, options.partition.emitPlan})
    if (llvm::Error error = checkWritable(path, nullptr))
      return error;
  return llvm::Error::success();
}

/// Large matrices of a weights file are drawn instead: the programs of a model
/// without its weights.
static void drawWeights(ModuleOp model) {
  Builder builder(model.getContext());
  for (auto variable : model.getOps<VariableOp>()) {
    auto type = variable.getTensorType();
    if (isa<FileInitAttr>(variable.getInit()) && type.getRank() > 1 &&
        variable.getRole() == VariableRole::Parameter &&
        isa<FloatType>(type.getElementType()))
      variable.setInitAttr(
          NormalInitAttr::get(model.getContext(), builder.getF64FloatAttr(0),
                              builder.getF64FloatAttr(randomStddev)));
  }
}

static std::vector<mpcrt::PackagedInput>
listInputs(ModuleOp model, const AutodiffOptions *loss) {
  std::vector<mpcrt::PackagedInput> inputs;
  llvm::StringMap<int64_t> limits = getIndexLimits(model);
  auto main = model.lookupSymbol<func::FuncOp>("main");
  for (unsigned i = 0; i < main.getNumArguments(); ++i) {
    mpcrt::PackagedInput input{getInputName(main, i), {}, {}};
    if (auto limit = limits.find(input.name); limit != limits.end())
      input.below = limit->second;
    inputs.push_back(std::move(input));
  }
  if (loss && loss->loss != LossKind::SquaredError && getNumClasses(model) > 0)
    inputs.push_back({"label", getNumClasses(model), loss->ignoreIndex});
  return inputs;
}

static llvm::Expected<std::unique_ptr<Setup>>
createSetup(const RunOptions &options, LoadedModel &model,
            const SetupOptions &setupOptions,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose) {
  if (!options.loss.empty())
    return Setup::create(*model.module, setupOptions, choose,
                         model.getWeights());
  return Setup::createForInference(*model.module, setupOptions, choose,
                                   model.getWeights());
}

static mpcrt::PackageManifest describeModel(const RunOptions &options,
                                            ModuleOp model, const Setup &setup,
                                            const SetupOptions &setupOptions) {
  mpcrt::PackageManifest manifest;
  manifest.tool = "mpc-run " MPC_VERSION;
  manifest.model = llvm::sys::path::filename(options.model);
  manifest.split = describe(setup.getPlan());
  manifest.seed = options.seed;
  const AutodiffOptions &loss = setupOptions.training.autodiff;
  manifest.inputs = listInputs(model, options.loss.empty() ? nullptr : &loss);
  if (!options.loss.empty())
    manifest.training = {options.loss, options.optimizer, options.learningRate,
                         loss.loss == LossKind::NextToken};
  return manifest;
}

/// Runs the programs as the JIT does, for the runner to compare with: on the
/// CPU, whatever the package is for.
static llvm::Error addCheck(const RunOptions &options, LoadedModel &model,
                            SetupOptions setupOptions, const Plan &plan,
                            mpcrt::PackageManifest &manifest) {
  setupOptions.isRun = true;
  setupOptions.useCPU();
  auto setup =
      createSetup(options, model, setupOptions,
                  [&](ModuleOp) -> llvm::Expected<Plan> { return plan; });
  if (!setup)
    return setup.takeError();
  try {
    manifest.check = mpcrt::runCheck((*setup)->getCompiled().getRuntime(),
                                     (*setup)->getSession().getRuntime(),
                                     manifest, options.check);
  } catch (const std::exception &error) {
    return llvm::make_error<RunFailure>(error.what());
  }
  return llvm::Error::success();
}

static llvm::Error report(const RunOptions &options, const LoadedModel &model,
                          const Setup &setup, const PackageSizes &sizes) {
  nlohmann::json object = {
      {"package", options.output},
      {"bytes", sizes.totalBytes},
      {"code_bytes", sizes.codeBytes},
      {"weight_bytes", sizes.weightBytes},
      {"kernels", sizes.kernels},
      {"compile_seconds", setup.getCompileSeconds()},
      {"import_seconds", model.importSeconds},
      {"predicted_step_ms", getPredictedMs(setup.getPlan())},
      {"predicted_peak_bytes", setup.getCompiled().getExecutable().arenaBytes}};
  return options.json ? printJSON(object) : printTable(object);
}

llvm::Expected<int> mpc::runCompile(const RunOptions &options) {
  if (llvm::Error error = checkOptions(options))
    return error;
  auto model = loadModelFor(options);
  if (!model)
    return model.takeError();
  if (options.packageWeights == "random")
    drawWeights(*model->module);
  auto setupOptions = getSetupOptions(options);
  if (!setupOptions)
    return setupOptions.takeError();
  setupOptions->isRun = false;
  if (options.lastBatch > 0 && !options.loss.empty())
    setupOptions->extraBatches = {options.lastBatch};
  auto setup =
      createSetup(options, *model, *setupOptions, PlanChooser(options));
  if (!setup)
    return setup.takeError();
  llvm::errs() << describe((*setup)->getPlan()) << "\n";
  mpcrt::PackageManifest manifest =
      describeModel(options, *model->module, **setup, *setupOptions);
  if (options.check > 0)
    if (llvm::Error error = addCheck(options, *model, *setupOptions,
                                     (*setup)->getPlan(), manifest))
      return error;
  auto sizes =
      writePackage(options.output,
                   {(*setup)->getCompiled(), (*setup)->getVariables(),
                    model->getWeights(), options.packageWeights != "given"},
                   std::move(manifest));
  if (!sizes)
    return sizes.takeError();
  if (llvm::Error error = report(options, *model, **setup, *sizes))
    return error;
  return Success;
}

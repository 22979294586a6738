//===- VerifyCommand.cpp - mpc-run verify ---------------------------------===//

#include "Report.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Driver/Model.h"
#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Verify.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

static constexpr int64_t defaultSteps = 2;

/// The step from 1 to the next number in bf16.
static constexpr double bf16Epsilon = 0x1p-7;

/// A network rounds every activation: some epsilons of bf16, and in f32 what a
/// sum in another order may be off besides.
static double getTolerance(const RunOptions &options) {
  if (!std::isnan(options.tolerance))
    return options.tolerance;
  return options.dtype == "bf16" ? 0.05 : 1e-4;
}

/// The samples in their order, from the start again where they are too few.
static FillInputs fillFromData(std::shared_ptr<const data::Dataset> dataset,
                               ModuleOp model, const AutodiffOptions &loss) {
  int64_t batch = getBatch(model);
  return [=](ProgramRunner &runner, int64_t step) -> llvm::Error {
    auto feed = makeFeed(dataset, runner.getDataInputs(), model, loss);
    if (!feed)
      return feed.takeError();
    std::vector<int64_t> samples(batch);
    for (auto [index, sample] : llvm::enumerate(samples))
      sample = ((step - 1) * batch + static_cast<int64_t>(index)) %
               dataset->numSamples();
    return feed->fetch(samples, runner.getData());
  };
}

static llvm::Expected<FillInputs> chooseInputs(const RunOptions &options,
                                               ModuleOp model,
                                               const AutodiffOptions &loss) {
  if (options.data.empty())
    return RandomInputs(model, options.seed);
  auto dataset = openData(options.data, data::Split::Train, options, model);
  if (!dataset)
    return dataset.takeError();
  if ((*dataset)->numSamples() == 0)
    return llvm::createStringError("data '" + options.data +
                                   "' have no samples");
  return fillFromData(*dataset, model, loss);
}

static llvm::Error report(const RunOptions &options,
                          const VerifyResult &result) {
  if (!options.json) {
    if (result.equal)
      llvm::outs() << "equal: ";
    else
      llvm::outs() << "different: first in '" << result.worstTensor << "'; ";
    llvm::outs() << llvm::formatv(
        "{0} tensors on {1} device(s), largest relative error {2:e2}",
        result.tensors, result.plan.getNumDevices(), result.maxError);
    if (result.rounded)
      llvm::outs() << "; " << result.rounded << " differ by rounding";
    if (result.leftOut)
      llvm::outs() << "; " << result.leftOut
                   << " elements left out, whose gradient is rounding";
    llvm::outs() << "\n";
    return finishReport();
  }
  return printJSON({{"equal", result.equal},
                    {"max_relative_error", result.maxError},
                    {"rounded_tensors", result.rounded},
                    {"left_out_elements", result.leftOut},
                    {"worst_tensor", result.worstTensor},
                    {"tensors", result.tensors},
                    {"devices", result.plan.getNumDevices()},
                    {"predicted_step_ms", getPredictedMs(result.plan)},
                    {"predicted_peak_bytes", result.predictedBytes},
                    {"allocated_peak_bytes", result.allocatedBytes}});
}

llvm::Expected<int> mpc::runVerify(const RunOptions &options) {
  if (!(getTolerance(options) >= 0))
    return llvm::createStringError(
        "--tolerance: expected a number not below 0");
  if (llvm::Error error =
          checkWritable(options.partition.emitPlan, options.world))
    return error;
  auto model = loadModelFor(options);
  if (!model)
    return model.takeError();
  auto setupOptions = getSetupOptions(options);
  if (!setupOptions)
    return setupOptions.takeError();
  VerifyOptions verifyOptions;
  verifyOptions.setup = std::move(*setupOptions);
  verifyOptions.forwardOnly = options.loss.empty();
  verifyOptions.steps = options.steps ? options.steps : defaultSteps;
  verifyOptions.learningRate = options.learningRate;
  verifyOptions.tolerance = getTolerance(options);
  if (options.dtype == "bf16")
    verifyOptions.epsilon = bf16Epsilon;
  verifyOptions.adaptive = options.optimizer != "sgd";
  verifyOptions.relativeL2 =
      verifyOptions.adaptive && verifyOptions.steps > defaultSteps;
  auto fill = chooseInputs(options, *model->module,
                           verifyOptions.setup.training.autodiff);
  if (!fill)
    return fill.takeError();
  auto result = verify(*model->module, verifyOptions, PlanChooser(options),
                       *fill, model->getWeights());
  if (!result)
    return result.takeError();
  if (!isRoot(options.world))
    return result->equal ? Success : Failed;
  llvm::errs() << describe(result->plan) << "\n";
  if (llvm::Error error = report(options, *result))
    return error;
  return result->equal ? Success : Failed;
}

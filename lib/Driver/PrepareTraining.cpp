//===- PrepareTraining.cpp - from options to a run that can step ----------===//

#include "Report.h"
#include "TrainRun.h"
#include "mpc/Driver/Inputs.h"
#include "llvm/Support/FileSystem.h"
#include <set>

using namespace mlir;
using namespace mpc;

llvm::Error TrainRun::openDatasets() {
  if (options.data.empty())
    return llvm::createStringError(
        "train needs --data=D; see 'mpc-run train --help'");
  auto opened =
      openData(options.data, data::Split::Train, options, *model.module);
  if (!opened)
    return opened.takeError();
  data.training = *opened;
  std::string text = options.evalData;
  if (text.empty() &&
      (options.data == "fashion-mnist" || options.data == "mnist"))
    text = options.data;
  if (text.empty())
    return llvm::Error::success();
  auto test = openData(text, data::Split::Test, options, *model.module);
  if (!test)
    return test.takeError();
  data.evaluation = *test;
  return llvm::Error::success();
}

data::StringTable TrainRun::getHashes() const {
  return {{"data", options.data + ", " +
                       std::to_string(data.training->numSamples()) +
                       " samples"},
          {"optimizer", options.optimizer}};
}

llvm::Error TrainRun::openResumed() {
  if (options.resume.empty())
    return llvm::Error::success();
  auto checkpoint = data::Checkpoint::open(options.resume);
  if (!checkpoint)
    return checkpoint.takeError();
  if (llvm::Error error = checkpoint->checkHashes(getHashes()))
    return error;
  resumed = std::move(*checkpoint);
  if (options.world)
    if (llvm::Error error = options.world->agree(
            "a checkpoint", "step " + std::to_string(resumed->state().step) +
                                " of seed " +
                                std::to_string(resumed->state().seed)))
      return error;
  // The order of samples is the seed's.
  setupOptions.seed = resumed->state().seed;
  step = firstStep = lastKept = resumed->state().step;
  if (!model.weights) {
    auto weights =
        data::TensorStore::open(resumed->path() + "/model.safetensors");
    if (!weights)
      return weights.takeError();
    model.weights = std::move(*weights);
  }
  return llvm::Error::success();
}

llvm::Error TrainRun::planSteps() {
  if (options.epochs > 0 && options.steps > 0)
    return llvm::createStringError("give --epochs or --steps, not both");
  data::BatchOptions batchOptions;
  batchOptions.samples = data.training->numSamples();
  batchOptions.batch = batch = getBatch(*model.module);
  batchOptions.seed = setupOptions.seed;
  batchOptions.dropLast =
      setupOptions.training.autodiff.loss == LossKind::NextToken;
  auto iterator = data::BatchIterator::create(
      batchOptions, resumed ? resumed->state().cursor : data::Cursor());
  if (!iterator)
    return iterator.takeError();
  batches = std::move(*iterator);
  int64_t perEpoch = batches->batchesPerEpoch();
  epochs = options.epochs  ? options.epochs
           : options.steps ? (options.steps + perEpoch - 1) / perEpoch
                           : 1;
  totalSteps = options.steps ? options.steps : epochs * perEpoch;
  auto rate =
      LearningRate::parse(options.schedule, options.learningRate, totalSteps);
  if (!rate)
    return rate.takeError();
  learningRate = *rate;
  return llvm::Error::success();
}

std::vector<int64_t> TrainRun::getExtraBatches() const {
  std::set<int64_t> sizes;
  auto add = [&](const data::Dataset &dataset) {
    int64_t count = dataset.numSamples();
    if (count % batch != 0)
      sizes.insert(count % batch);
  };
  if (setupOptions.training.autodiff.loss != LossKind::NextToken)
    add(*data.training);
  if (data.evaluation)
    add(*data.evaluation);
  return std::vector<int64_t>(sizes.begin(), sizes.end());
}

llvm::Error TrainRun::createSetup() {
  bool labelsAreClasses =
      setupOptions.training.autodiff.loss == LossKind::CrossEntropy &&
      getNumClasses(*model.module) > 0;
  setupOptions.training.autodiff.keepOutputs = labelsAreClasses;
  setupOptions.extraBatches = getExtraBatches();
  setupOptions.session.trace = !options.trace.empty();
  auto created = Setup::create(*model.module, setupOptions,
                               PlanChooser(options), model.getWeights());
  if (!created)
    return created.takeError();
  setup = std::move(*created);
  if (resumed)
    if (llvm::Error error = restoreCheckpoint(*setup, *resumed))
      return error;
  auto made = Trainer::create(*setup, *model.module, data.training,
                              setupOptions.training.autodiff, labelsAreClasses);
  if (!made)
    return made.takeError();
  trainer = std::move(*made);
  return llvm::Error::success();
}

llvm::Error TrainRun::openResults() {
  for (const std::string &path : {options.trace, options.partition.emitPlan})
    if (llvm::Error error = checkWritable(path, options.world))
      return error;
  if (!options.metrics.empty() && isRoot(options.world)) {
    auto file =
        MetricsFile::create(options.metrics, /*append=*/resumed.has_value());
    if (!file)
      return file.takeError();
    metrics = std::move(*file);
  }
  if (options.checkpoint.empty())
    return llvm::Error::success();
  std::error_code code = llvm::sys::fs::create_directories(options.checkpoint);
  if (!code && !llvm::sys::fs::is_directory(options.checkpoint))
    code = std::make_error_code(std::errc::not_a_directory);
  if (!code)
    code = llvm::sys::fs::access(options.checkpoint,
                                 llvm::sys::fs::AccessMode::Write);
  if (code)
    return llvm::createStringError("cannot write checkpoint directory '" +
                                   options.checkpoint + "': " + code.message());
  return llvm::Error::success();
}

llvm::Error TrainRun::prepare() {
  auto loaded = loadModelFor(options);
  if (!loaded)
    return loaded.takeError();
  model = std::move(*loaded);
  auto chosen = getSetupOptions(options);
  if (!chosen)
    return chosen.takeError();
  setupOptions = std::move(*chosen);
  if (llvm::Error error = openDatasets())
    return error;
  if (options.world)
    if (llvm::Error error = options.world->agree("data", getHashes()["data"]))
      return error;
  auto loss = chooseLoss(options, *data.training);
  if (!loss)
    return loss.takeError();
  setupOptions.training.autodiff.loss = *loss;
  if (llvm::Error error = openResumed())
    return error;
  if (llvm::Error error = planSteps())
    return error;
  if (llvm::Error error = openResults())
    return error;
  return createSetup();
}

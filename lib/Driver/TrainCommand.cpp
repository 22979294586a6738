//===- TrainCommand.cpp - mpc-run train -----------------------------------===//

#include "Interrupt.h"
#include "Metrics.h"
#include "Report.h"
#include "mpc/Data/AtomicFile.h"
#include "mpc/Driver/Checkpoints.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Driver/LearningRate.h"
#include "mpc/Driver/MeasuredTrace.h"
#include "mpc/Driver/Progress.h"
#include "llvm/Support/FileSystem.h"
#include <set>

using namespace mlir;
using namespace mpc;

namespace {
/// What a run trains and evaluates on.
struct TrainingData {
  std::shared_ptr<const data::Dataset> training, evaluation;
};

/// A training run from the command line to its result.
class TrainRun {
public:
  explicit TrainRun(const RunOptions &options) : options(options) {}
  llvm::Expected<int> run();

private:
  llvm::Error prepare();
  llvm::Error openDatasets();
  llvm::Error openResumed();
  llvm::Error planSteps();
  llvm::Error createSetup();
  std::vector<int64_t> getExtraBatches() const;
  llvm::Error train();
  llvm::Error doStep();
  llvm::Error finishEpoch(int64_t epoch);
  llvm::Error measureTrace();
  llvm::Error evaluate();
  llvm::Error keep();
  llvm::Error keepIfDue(bool epochIsOver);
  data::StringTable getHashes() const;
  llvm::Error report();
  nlohmann::json getResult();

  const RunOptions &options;
  LoadedModel model;
  TrainingData data;
  SetupOptions setupOptions;
  std::optional<data::Checkpoint> resumed;
  std::unique_ptr<Setup> setup;
  std::optional<Trainer> trainer;
  std::optional<data::BatchIterator> batches;
  LearningRate learningRate;
  std::optional<MetricsFile> metrics;
  std::optional<Progress> progress;
  std::optional<InterruptWatch> interrupt;

  int64_t batch = 0, epochs = 0, totalSteps = 0;
  int64_t step = 0, firstStep = 0, lastKept = -1, samples = 0;
  Score epochScore, lastScore;
  std::optional<Score> evaluation;
  std::vector<double> stepSeconds;
  double seconds = 0;
  bool warnedOfNaN = false;
};
} // namespace

llvm::Error TrainRun::openDatasets() {
  if (options.data.empty())
    return llvm::createStringError("train needs --data=D; see 'mpc-run train --help'");
  auto opened = openData(options.data, data::Split::Train, options, *model.module);
  if (!opened)
    return opened.takeError();
  data.training = *opened;
  std::string text = options.evalData;
  if (text.empty() && (options.data == "fashion-mnist" || options.data == "mnist"))
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
  return {{"data", options.data + ", " + std::to_string(data.training->numSamples()) + " samples"},
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
  // The order of samples is the seed's.
  setupOptions.seed = resumed->state().seed;
  step = firstStep = lastKept = resumed->state().step;
  if (!model.weights) {
    auto weights = data::TensorStore::open(resumed->path() + "/model.safetensors");
    if (!weights)
      return weights.takeError();
    model.weights = std::move(*weights);
  }
  return llvm::Error::success();
}

llvm::Error TrainRun::planSteps() {
  if (options.epochs < 0 || options.steps < 0 || options.checkpointEvery < 0)
    return llvm::createStringError(
        "--epochs, --steps and --checkpoint-every: expected at least 1");
  if (options.epochs > 0 && options.steps > 0)
    return llvm::createStringError("give --epochs or --steps, not both");
  data::BatchOptions batchOptions;
  batchOptions.samples = data.training->numSamples();
  batchOptions.batch = batch = getBatch(*model.module);
  batchOptions.seed = setupOptions.seed;
  batchOptions.dropLast = setupOptions.training.autodiff.loss == LossKind::NextToken;
  auto iterator = data::BatchIterator::create(
      batchOptions, resumed ? resumed->state().cursor : data::Cursor());
  if (!iterator)
    return iterator.takeError();
  batches = std::move(*iterator);
  int64_t perEpoch = batches->batchesPerEpoch();
  epochs = options.epochs ? options.epochs : options.steps ? (options.steps + perEpoch - 1) / perEpoch : 1;
  totalSteps = options.steps ? options.steps : epochs * perEpoch;
  auto rate = LearningRate::parse(options.schedule, options.learningRate, totalSteps);
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
      setupOptions.training.autodiff.loss == LossKind::CrossEntropy && getNumClasses(*model.module) > 0;
  setupOptions.training.autodiff.keepOutputs = labelsAreClasses;
  setupOptions.extraBatches = getExtraBatches();
  setupOptions.session.trace = !options.trace.empty();
  auto created =
      Setup::create(*model.module, setupOptions, PlanChooser(options), model.getWeights());
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
  auto loss = chooseLoss(options, *data.training);
  if (!loss)
    return loss.takeError();
  setupOptions.training.autodiff.loss = *loss;
  if (llvm::Error error = openResumed())
    return error;
  if (llvm::Error error = planSteps())
    return error;
  if (!options.metrics.empty()) {
    auto file = MetricsFile::create(options.metrics, /*append=*/resumed.has_value());
    if (!file)
      return file.takeError();
    metrics = std::move(*file);
  }
  if (!options.checkpoint.empty())
    if (std::error_code code = llvm::sys::fs::create_directories(options.checkpoint))
      return llvm::createStringError("cannot create checkpoint directory '" + options.checkpoint +
                                     "': " + code.message());
  return createSetup();
}

llvm::Error TrainRun::doStep() {
  int64_t epoch = batches->cursor().epoch + 1;
  ArrayRef<int64_t> indices = batches->next();
  ++step;
  double rate = learningRate.at(step);
  auto score = trainer->step(indices, step, rate);
  if (!score)
    return score.takeError();
  lastScore = *score;
  epochScore += *score;
  samples += indices.size();
  stepSeconds.push_back(trainer->getStepSeconds());
  if (!warnedOfNaN && !std::isfinite(score->loss())) {
    progress->warn("the loss is not finite after step " + std::to_string(step) +
                   "; a lower --lr or --clip=1 may help");
    warnedOfNaN = true;
  }
  progress->showStep(epoch, step, epochScore, indices.size());
  if (metrics)
    if (llvm::Error error = metrics->addStep(epoch, step, rate, *score, stepSeconds.back()))
      return error;
  // Before an evaluation, which would be the latest run then.
  if (!options.trace.empty() && (step == totalSteps || interrupt->isInterrupted()))
    if (llvm::Error error = measureTrace())
      return error;
  bool epochIsOver = batches->cursor().position == 0;
  if (epochIsOver || step == totalSteps)
    if (llvm::Error error = finishEpoch(epoch))
      return error;
  return keepIfDue(epochIsOver);
}

llvm::Error TrainRun::measureTrace() {
  auto trace = getMeasuredTrace(*setup);
  if (!trace)
    return atRunTime(trace.takeError());
  return atRunTime(data::writeFileAtomically(options.trace, trace->dump() + "\n"));
}

llvm::Error TrainRun::evaluate() {
  if (!data.evaluation)
    return llvm::Error::success();
  auto score = trainer->evaluate(data.evaluation, batch);
  if (!score)
    return score.takeError();
  evaluation = *score;
  return llvm::Error::success();
}

llvm::Error TrainRun::finishEpoch(int64_t epoch) {
  if (llvm::Error error = evaluate())
    return error;
  progress->showEpoch(epoch, epochScore, evaluation);
  if (metrics)
    if (llvm::Error error = metrics->addEpoch(epoch, step, epochScore, evaluation))
      return error;
  if (step < totalSteps)
    epochScore = Score();
  return llvm::Error::success();
}

llvm::Error TrainRun::keep() {
  if (options.checkpoint.empty() || lastKept == step)
    return llvm::Error::success();
  data::TrainingState state;
  state.step = step;
  state.cursor = batches->cursor();
  state.seed = setupOptions.seed;
  state.hashes = getHashes();
  lastKept = step;
  return atRunTime(writeCheckpoint(*setup, options.checkpoint, state));
}

llvm::Error TrainRun::keepIfDue(bool epochIsOver) {
  bool isDue = options.checkpointEvery ? step % options.checkpointEvery == 0 : epochIsOver;
  return isDue ? keep() : llvm::Error::success();
}

llvm::Error TrainRun::train() {
  Stopwatch watch;
  progress.emplace(epochs, firstStep, totalSteps);
  interrupt.emplace();
  while (step < totalSteps && !interrupt->isInterrupted())
    if (llvm::Error error = doStep())
      return error;
  seconds = watch.seconds();
  // A resumed run with nothing left to do still says how good the model is.
  if (!evaluation && !interrupt->isInterrupted())
    if (llvm::Error error = evaluate())
      return error;
  return keep();
}

static nlohmann::json getOptional(std::optional<double> value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

nlohmann::json TrainRun::getResult() {
  std::vector<double> milliseconds;
  for (double value : stepSeconds)
    milliseconds.push_back(value * 1e3);
  nlohmann::json object = {
      {"loss", epochScore.loss()},
      {"accuracy", getOptional(epochScore.accuracy())},
      {"last_loss", lastScore.loss()},
      {"steps", step},
      {"samples_per_second", seconds > 0 ? samples / seconds : 0},
      {"step_ms_median", getMedian(milliseconds)},
  };
  if (evaluation) {
    object["eval_loss"] = evaluation->loss();
    object["eval_accuracy"] = getOptional(evaluation->accuracy());
  }
  addPrediction(object, *setup);
  return object;
}

llvm::Error TrainRun::report() {
  nlohmann::json result = getResult();
  return options.json ? printJSON(result) : printTable(result);
}

llvm::Expected<int> TrainRun::run() {
  if (llvm::Error error = prepare())
    return std::move(error);
  showSetup(*setup);
  if (llvm::Error error = train())
    return std::move(error);
  if (llvm::Error error = report())
    return std::move(error);
  return interrupt->isInterrupted() ? Interrupted : Success;
}

llvm::Expected<int> mpc::runTrain(const RunOptions &options) { return TrainRun(options).run(); }

//===- TrainCommand.cpp - mpc-run train -----------------------------------===//

#include "Report.h"
#include "TrainRun.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/MeasuredTrace.h"

using namespace mlir;
using namespace mpc;

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
  if (llvm::Error error = checkInterrupt())
    return error;
  if (!warnedOfNaN && !std::isfinite(score->loss())) {
    progress->warn("the loss is not finite after step " + std::to_string(step) +
                   "; a lower --lr or --clip=1 may help");
    warnedOfNaN = true;
  }
  progress->showStep(epoch, step, epochScore, indices.size());
  if (metrics)
    if (llvm::Error error =
            metrics->addStep(epoch, step, rate, *score, stepSeconds.back()))
      return error;
  // Before an evaluation, which would be the latest run then.
  if (!options.trace.empty() && (step == totalSteps || isStopping))
    if (llvm::Error error = measureTrace())
      return error;
  bool epochIsOver = batches->cursor().position == 0;
  if (epochIsOver || step == totalSteps)
    if (llvm::Error error = finishEpoch(epoch))
      return error;
  return keepIfDue(epochIsOver);
}

/// All processes stop after the same step.
llvm::Error TrainRun::checkInterrupt() {
  isStopping = interrupt->isInterrupted();
  if (!options.world)
    return llvm::Error::success();
  auto isAny = options.world->isAny("the end of a step", isStopping);
  if (!isAny)
    return isAny.takeError();
  isStopping = *isAny;
  return llvm::Error::success();
}

llvm::Error TrainRun::measureTrace() {
  auto trace = getMeasuredTrace(*setup);
  if (!trace)
    return atRunTime(trace.takeError());
  if (!isRoot(options.world))
    return llvm::Error::success();
  return writeResult(options.trace, trace->dump() + "\n");
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
    if (llvm::Error error =
            metrics->addEpoch(epoch, step, epochScore, evaluation))
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
  bool isDue = options.checkpointEvery ? step % options.checkpointEvery == 0
                                       : epochIsOver;
  return isDue ? keep() : llvm::Error::success();
}

llvm::Error TrainRun::train() {
  // Checkpoints are read in different times.
  if (options.world)
    if (llvm::Error error = options.world->meet("the first step of the run"))
      return error;
  Stopwatch watch;
  progress.emplace(epochs, firstStep, totalSteps, isRoot(options.world));
  interrupt.emplace();
  while (step < totalSteps && !isStopping)
    if (llvm::Error error = doStep())
      return error;
  seconds = watch.seconds();
  // A resumed run with nothing left to do still says how good the model is.
  if (!evaluation && !isStopping)
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
  // JSON has no NaN: what was not evaluated is null.
  Score evaluated = evaluation.value_or(Score());
  nlohmann::json object = {
      {"loss", epochScore.loss()},
      {"accuracy", getOptional(epochScore.accuracy())},
      {"last_loss", lastScore.loss()},
      {"eval_loss", evaluated.loss()},
      {"eval_accuracy", getOptional(evaluated.accuracy())},
      {"steps", step},
      {"samples_per_second", seconds > 0 ? samples / seconds : 0},
      {"step_ms_median", getMedian(milliseconds)},
  };
  addPrediction(object, *setup);
  return object;
}

llvm::Error TrainRun::report() {
  if (!isRoot(options.world))
    return llvm::Error::success();
  nlohmann::json result = getResult();
  return options.json ? printJSON(result) : printTable(result);
}

llvm::Expected<int> TrainRun::run() {
  if (llvm::Error error = prepare())
    return error;
  showSetup(*setup);
  if (llvm::Error error = train())
    return error;
  if (llvm::Error error = report())
    return error;
  return isStopping ? Interrupted : Success;
}

llvm::Expected<int> mpc::runTrain(const RunOptions &options) {
  return TrainRun(options).run();
}

//===- Train.cpp - mpc-exec train -----------------------------------------===//
#include "Commands.h"
#include "Feed.h"
#include "mpcrt/files/Order.h"
#include <cmath>
#include <fstream>

namespace mpcrt {

namespace {
class TrainRun {
public:
  explicit TrainRun(const ExecOptions &options);
  int run();

private:
  int64_t countSteps() const;
  int64_t countBatches() const;
  ProgramRun &prepareStep(int64_t step);
  ProgramRun &getProgram(int64_t samples);
  void report(int64_t step, double loss, double milliseconds);
  void finish(int64_t steps, double lastLoss);

  const ExecOptions &options;
  Package package;
  PackagedTraining training;
  PackagedModel model;
  std::map<std::string, ProgramRun> programs;
  std::optional<SampleFeed> feed;
  std::ofstream metrics;
  double learningRate;
  int64_t position = 0, epoch = 0;
  std::vector<int64_t> order;
  std::vector<double> milliseconds;
};
} // namespace

static PackagedTraining getTraining(const Package &package) {
  if (!package.getManifest().training)
    package.fail("it was compiled without --loss, so it can only infer");
  return *package.getManifest().training;
}

TrainRun::TrainRun(const ExecOptions &options)
    : options(options), package(options.package),
      training(getTraining(package)), model(package, options.model),
      learningRate(options.learningRate.value_or(training.learningRate)) {
  if (options.steps && options.epochs)
    throw UsageError("give --epochs or --steps, not both");
  if (options.data.empty() && !options.steps)
    throw UsageError("train needs --data=F.npz, or --steps=N for made-up data");
  ProgramRun &program =
      programs.emplace("train_step", model.getProgram("train_step"))
          .first->second;
  if (!options.data.empty())
    feed.emplace(program, options.data, package.getManifest().inputs);
  if (feed && training.dropsLast && feed->getBatch() > feed->getSamples())
    throw FileError(
        "'" + options.data + "' has " + std::to_string(feed->getSamples()) +
        " samples, a batch has " + std::to_string(feed->getBatch()));
  if (options.metrics.empty())
    return;
  metrics.open(options.metrics, std::ios::trunc);
  if (!metrics)
    throw FileError("cannot write metrics '" + options.metrics + "'");
}

int64_t TrainRun::countBatches() const {
  int64_t samples = feed->getSamples(), batch = feed->getBatch();
  return training.dropsLast ? samples / batch : (samples + batch - 1) / batch;
}

int64_t TrainRun::countSteps() const {
  if (options.steps)
    return options.steps;
  return std::max<int64_t>(1, options.epochs) * countBatches();
}

ProgramRun &TrainRun::getProgram(int64_t samples) {
  std::string name = "train_step";
  if (samples != feed->getBatch())
    name += ".b" + std::to_string(samples);
  auto it = programs.find(name);
  if (it != programs.end())
    return it->second;
  if (mpcrt_executable_find(model.getExecutable(), name.c_str()) < 0)
    throw FileError(
        "the last batch of an epoch has " + std::to_string(samples) +
        " samples, batches have " + std::to_string(feed->getBatch()) +
        "; compile the package with --last-batch=" + std::to_string(samples) +
        ", or leave samples out");
  return programs.emplace(name, model.getProgram(name)).first->second;
}

/// Fills the inputs of the step's program: the next batch of the epoch, in the
/// order that mpc-run has.
ProgramRun &TrainRun::prepareStep(int64_t step) {
  if (!feed) {
    ProgramRun &program = programs.at("train_step");
    program.drawInputs(package.getManifest().inputs,
                       options.model.seed.value_or(package.getManifest().seed),
                       step);
    return program;
  }
  if (order.empty())
    order =
        orderSamples(options.model.seed.value_or(package.getManifest().seed),
                     epoch, feed->getSamples());
  int64_t count = std::min(feed->getBatch(), feed->getSamples() - position);
  ProgramRun &program = getProgram(count);
  feed->fetch({order.data() + position, static_cast<size_t>(count)}, program);
  position += count;
  int64_t rest = feed->getSamples() - position;
  if (rest < (training.dropsLast ? feed->getBatch() : 1)) {
    position = 0;
    ++epoch;
    order.clear();
  }
  return program;
}

void TrainRun::report(int64_t step, double loss, double time) {
  if (!options.json)
    std::fprintf(stderr, "step %lld  loss %.6g  %.3f ms\n",
                 static_cast<long long>(step), loss, time);
  if (!metrics.is_open())
    return;
  metrics << nlohmann::json({{"step", step},
                             {"loss", loss},
                             {"lr", learningRate},
                             {"step_ms", time}})
                 .dump()
          << "\n"
          << std::flush;
  if (!metrics)
    throw RunFailure("cannot write metrics '" + options.metrics + "'");
}

void TrainRun::finish(int64_t steps, double lastLoss) {
  if (!options.save.empty())
    writeArrays(options.save, model.readVariables());
  char sum[9];
  std::snprintf(sum, sizeof sum, "%08x",
                sumVariables(model.getExecutable(), model.getSession()));
  printResult({{"last_loss", lastLoss},
               {"steps", steps},
               {"step_ms_median", getMedian(milliseconds)},
               {"weights_checksum", sum}},
              options.json);
}

int TrainRun::run() {
  int64_t steps = countSteps();
  double loss = 0;
  for (int64_t step = 1; step <= steps; ++step) {
    ProgramRun &program = prepareStep(step);
    program.setStep(step, learningRate);
    Stopwatch watch;
    program.run();
    milliseconds.push_back(watch.milliseconds());
    loss = getLoss(program);
    report(step, loss, milliseconds.back());
  }
  finish(steps, loss);
  return 0;
}

int train(const ExecOptions &options) { return TrainRun(options).run(); }

} // namespace mpcrt

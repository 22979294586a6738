//===- TrainRun.h - one training run ----------------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_TRAINRUN_H
#define MPC_LIB_DRIVER_TRAINRUN_H

#include "Interrupt.h"
#include "Metrics.h"
#include "mpc/Driver/Checkpoints.h"
#include "mpc/Driver/LearningRate.h"
#include "mpc/Driver/Progress.h"
#include <nlohmann/json.hpp>

namespace mpc {

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
  llvm::Error openResults();
  llvm::Error createSetup();
  std::vector<int64_t> getExtraBatches() const;
  llvm::Error train();
  llvm::Error doStep();
  llvm::Error checkInterrupt();
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
  /// Ctrl-C, in this process or another one.
  bool isStopping = false;
};

} // namespace mpc

#endif

//===- Trainer.h - steps and evaluations of a training run ------*- C++ -*-===//

#ifndef MPC_DRIVER_TRAINER_H
#define MPC_DRIVER_TRAINER_H

#include "mpc/Data/Feed.h"
#include "mpc/Driver/ProgramRunner.h"
#include <map>

namespace mpc {

/// Sums over samples; the means are what people see.
struct Score {
  double lossSum = 0, lossCount = 0;
  int64_t correct = 0, labels = 0;

  double loss() const { return lossSum / lossCount; }
  /// Nothing where labels are no classes.
  std::optional<double> accuracy() const;
  Score &operator+=(const Score &other);
};

/// Runs the training step and the evaluation on batches of any size that the
/// setup was built for.
class Trainer {
public:
  /// `data` is what training steps are fed from; `countsCorrect` says that
  /// labels are classes.
  static llvm::Expected<Trainer>
  create(Setup &setup, mlir::ModuleOp model,
         std::shared_ptr<const data::Dataset> data, const AutodiffOptions &loss,
         bool countsCorrect);

  /// One optimizer step on these samples; `step` counts from 1.
  llvm::Expected<Score> step(llvm::ArrayRef<int64_t> samples, int64_t step,
                             double learningRate);
  /// Seconds that the latest step ran, without fetching its data.
  double getStepSeconds() const { return stepSeconds; }

  /// The score of all samples of `data`, `batch` at a time.
  llvm::Expected<Score> evaluate(std::shared_ptr<const data::Dataset> data,
                                 int64_t batch);

private:
  Trainer(Setup &setup, mlir::ModuleOp model, const AutodiffOptions &loss,
          bool countsCorrect)
      : setup(&setup), model(model), loss(loss), countsCorrect(countsCorrect) {}

  llvm::Expected<ProgramRunner *> getRunner(llvm::StringRef program,
                                            int64_t batch);
  llvm::Expected<Score> run(ProgramRunner &runner);
  /// Adds the labels that the outputs of the latest run agree with.
  llvm::Error countCorrect(const ProgramRunner &runner, Score &score) const;

  Setup *setup;
  mlir::ModuleOp model;
  AutodiffOptions loss;
  bool countsCorrect;
  std::optional<data::Feed> feed;
  std::map<std::string, ProgramRunner> runners;
  double stepSeconds = 0;
};

} // namespace mpc

#endif

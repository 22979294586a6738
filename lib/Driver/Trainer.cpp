//===- Trainer.cpp - steps and evaluations of a training run --------------===//

#include "mpc/Driver/Trainer.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Inputs.h"
#include "mpc/Driver/Model.h"
#include <numeric>

using namespace mlir;
using namespace mpc;
using data::HostArray;

std::optional<double> Score::accuracy() const {
  if (labels == 0)
    return std::nullopt;
  return static_cast<double>(correct) / static_cast<double>(labels);
}

Score &Score::operator+=(const Score &other) {
  lossSum += other.lossSum;
  lossCount += other.lossCount;
  correct += other.correct;
  labels += other.labels;
  return *this;
}

llvm::Expected<Trainer>
Trainer::create(Setup &setup, ModuleOp model,
                std::shared_ptr<const data::Dataset> data,
                const AutodiffOptions &loss, bool countsCorrect) {
  Trainer trainer(setup, model, loss, countsCorrect);
  int64_t batch = getBatch(model);
  auto runner = trainer.getRunner("train_step", batch);
  if (!runner)
    return runner.takeError();
  auto feed =
      makeFeed(std::move(data), (*runner)->getDataInputs(), model, loss);
  if (!feed)
    return feed.takeError();
  trainer.feed = std::move(*feed);
  return trainer;
}

llvm::Expected<ProgramRunner *> Trainer::getRunner(StringRef program,
                                                   int64_t batch) {
  std::string name = setup->getProgram(program, batch);
  auto it = runners.find(name);
  if (it == runners.end()) {
    auto runner = ProgramRunner::create(*setup, name);
    if (!runner)
      return runner.takeError();
    if (countsCorrect && isRoot(setup->getSession().getWorld()))
      runner->wantAllRows("label");
    it = runners.emplace(name, std::move(*runner)).first;
  }
  return &it->second;
}

llvm::Error Trainer::countCorrect(const ProgramRunner &runner,
                                  Score &score) const {
  const HostArray *label = runner.findData("label");
  // Outputs follow the loss and its count; the first is what the loss is of.
  auto logits = runner.getOutputs()[2].convertedTo(data::ElementType::F32);
  if (!logits)
    return logits.takeError();
  int64_t classes = logits->shape().back();
  ArrayRef<float> values = std::as_const(*logits).as<float>();
  for (auto [row, wanted] : llvm::enumerate(label->as<int64_t>())) {
    if (wanted == loss.ignoreIndex)
      continue;
    ++score.labels;
    ArrayRef<float> scores = values.slice(row * classes, classes);
    score.correct +=
        std::max_element(scores.begin(), scores.end()) - scores.begin() ==
        wanted;
  }
  return llvm::Error::success();
}

llvm::Expected<Score> Trainer::run(ProgramRunner &runner) {
  Stopwatch watch;
  if (llvm::Error error = runner.run())
    return atRunTime(std::move(error));
  stepSeconds = watch.seconds();
  Score score;
  score.lossSum = runner.getScalar("loss_sum");
  score.lossCount = runner.getScalar("count");
  // Only the process that reports has the outputs.
  if (countsCorrect && isRoot(setup->getSession().getWorld()))
    if (llvm::Error error = countCorrect(runner, score))
      return error;
  return score;
}

llvm::Expected<Score> Trainer::step(ArrayRef<int64_t> samples, int64_t step,
                                    double learningRate) {
  auto runner = getRunner("train_step", samples.size());
  if (!runner)
    return runner.takeError();
  if (llvm::Error error =
          feed->fetch(samples, (*runner)->getData(), (*runner)->getRows()))
    return error;
  (*runner)->setStep(step, learningRate);
  return run(**runner);
}

llvm::Expected<Score>
Trainer::evaluate(std::shared_ptr<const data::Dataset> data, int64_t batch) {
  std::vector<int64_t> samples(data->numSamples());
  std::iota(samples.begin(), samples.end(), 0);
  auto whole = getRunner("evaluate", std::min<int64_t>(batch, samples.size()));
  if (!whole)
    return whole.takeError();
  auto evaluationFeed =
      makeFeed(std::move(data), (*whole)->getDataInputs(), model, loss);
  if (!evaluationFeed)
    return evaluationFeed.takeError();
  Score total;
  for (ArrayRef<int64_t> rest = samples; !rest.empty();) {
    ArrayRef<int64_t> now = rest.take_front(batch);
    rest = rest.drop_front(now.size());
    auto runner = getRunner("evaluate", now.size());
    if (!runner)
      return runner.takeError();
    if (llvm::Error error = evaluationFeed->fetch(now, (*runner)->getData(),
                                                  (*runner)->getRows()))
      return error;
    auto score = run(**runner);
    if (!score)
      return score.takeError();
    total += *score;
  }
  return total;
}

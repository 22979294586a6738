//===- Progress.cpp - what people see while it trains ---------------------===//

#include "mpc/Driver/Progress.h"
#include "llvm/Support/FormatVariadic.h"
#include <unistd.h>

using namespace mpc;

static constexpr double secondsOnTerminal = 0.1, secondsElsewhere = 10;

Progress::Progress(int64_t epochs, int64_t firstStep, int64_t steps,
                   bool isShown)
    : epochs(epochs), firstStep(firstStep), steps(steps), isShown(isShown),
      isTerminal(isatty(STDERR_FILENO)) {}

static std::string describeScore(const Score &score,
                                 llvm::StringRef separator) {
  std::string text = llvm::formatv("loss {0:f4}", score.loss());
  if (std::optional<double> accuracy = score.accuracy())
    text +=
        llvm::formatv("{0}accuracy {1:f2} %", separator, *accuracy * 100).str();
  return text;
}

static std::string describeSeconds(double seconds) {
  int64_t whole = static_cast<int64_t>(seconds);
  if (whole < 60)
    return llvm::formatv("{0} s", whole);
  if (whole < 3600)
    return llvm::formatv("{0} min {1} s", whole / 60, whole % 60);
  return llvm::formatv("{0} h {1} min", whole / 3600, whole / 60 % 60);
}

void Progress::clearLine() {
  if (lineIsOpen)
    llvm::errs() << "\r\033[K";
  lineIsOpen = false;
}

void Progress::showStep(int64_t epoch, int64_t step, const Score &score,
                        int64_t newSamples) {
  if (!isShown)
    return;
  samples += newSamples;
  double now = watch.seconds();
  if (now - lastShown < (isTerminal ? secondsOnTerminal : secondsElsewhere))
    return;
  lastShown = now;
  clearLine();
  double left = now / static_cast<double>(step - firstStep) *
                static_cast<double>(steps - step);
  llvm::errs() << "epoch " << epoch << "/" << epochs << "  step " << step << "/"
               << steps << "  " << describeScore(score, "  ")
               << llvm::formatv("  {0:f0} samples/s  ",
                                static_cast<double>(samples) / now)
               << describeSeconds(left) << " left";
  if (isTerminal)
    lineIsOpen = true;
  else
    llvm::errs() << "\n";
}

void Progress::showEpoch(int64_t epoch, const Score &training,
                         const std::optional<Score> &evaluation) {
  if (!isShown)
    return;
  clearLine();
  llvm::errs() << "epoch " << epoch << ": " << describeScore(training, ", ");
  if (evaluation)
    llvm::errs() << "; evaluation: " << describeScore(*evaluation, ", ");
  llvm::errs() << "\n";
}

void Progress::warn(llvm::StringRef message) {
  if (!isShown)
    return;
  clearLine();
  llvm::errs() << "mpc-run: warning: " << message << "\n";
}

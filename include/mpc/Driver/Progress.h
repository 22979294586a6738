//===- Progress.h - what people see while it trains -------------*- C++ -*-===//

#ifndef MPC_DRIVER_PROGRESS_H
#define MPC_DRIVER_PROGRESS_H

#include "mpc/Driver/Model.h"
#include "mpc/Driver/Trainer.h"

namespace mpc {

/// Progress on stderr: one line that is rewritten on a terminal, else a line
/// every ten seconds; and a line at the end of each epoch. Example:
///
///   epoch 2/10  step 700/4690  loss 0.3312  accuracy 87.91 %  61204 samples/s
///   4 s left epoch 2: loss 0.3571, accuracy 87.01 %; evaluation: loss 0.3794,
///   accuracy 86.21 %
class Progress {
public:
  /// Steps are those of this run. Of several processes one shows them.
  Progress(int64_t epochs, int64_t firstStep, int64_t steps, bool isShown);
  ~Progress() { clearLine(); }

  /// After each step; `epoch` counts from 1, `score` is the epoch's so far.
  void showStep(int64_t epoch, int64_t step, const Score &score,
                int64_t samples);
  void showEpoch(int64_t epoch, const Score &training,
                 const std::optional<Score> &evaluation);
  void warn(llvm::StringRef message);

private:
  void clearLine();

  int64_t epochs, firstStep, steps;
  int64_t samples = 0;
  bool isShown, isTerminal, lineIsOpen = false;
  double lastShown = 0;
  Stopwatch watch;
};

} // namespace mpc

#endif

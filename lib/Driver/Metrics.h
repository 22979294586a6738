//===- Metrics.h - a run as lines of JSON -----------------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_METRICS_H
#define MPC_LIB_DRIVER_METRICS_H

#include "mpc/Driver/Trainer.h"

namespace mpc {

/// One object a line, written as it happens:
///
///   {"epoch":1,"step":7,"loss":0.53,"accuracy":0.81,"lr":0.001,"step_ms":1.9}
///   {"epoch":1,"step":469,"train_loss":0.4,...,"eval_loss":0.41,...}
class MetricsFile {
public:
  static llvm::Expected<MetricsFile> create(llvm::StringRef path, bool append);

  llvm::Error addStep(int64_t epoch, int64_t step, double learningRate,
                      const Score &score, double seconds);
  llvm::Error addEpoch(int64_t epoch, int64_t step, const Score &training,
                       const std::optional<Score> &evaluation);

private:
  llvm::Error write(const std::string &line);

  std::string path;
  std::unique_ptr<llvm::raw_fd_ostream> stream;
};

} // namespace mpc

#endif

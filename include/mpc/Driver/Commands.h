//===- Commands.h - the commands of mpc-run ---------------------*- C++ -*-===//
//
// Each command writes its result to stdout, as a report or as one JSON object,
// and everything else to stderr. It returns the exit code; errors become one by
// getExitCode.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_DRIVER_COMMANDS_H
#define MPC_DRIVER_COMMANDS_H

#include "mpc/Driver/Options.h"

namespace mpc {

llvm::Expected<int> runTrain(const RunOptions &options);
llvm::Expected<int> runInfer(const RunOptions &options);
llvm::Expected<int> runVerify(const RunOptions &options);
llvm::Expected<int> runPlan(const RunOptions &options);
llvm::Expected<int> runBench(const RunOptions &options);
llvm::Expected<int> runCompile(const RunOptions &options);
llvm::Expected<int> runDevices(const RunOptions &options);

/// Dispatches, and prints an error as "mpc-run: error: ...".
int runCommand(const RunOptions &options);

/// Something that was right to ask for went wrong: exit code 1. All other
/// errors mean bad input: 2.
class RunFailure : public llvm::ErrorInfo<RunFailure> {
public:
  static char ID;
  explicit RunFailure(std::string message) : message(std::move(message)) {}
  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string message;
};

/// Makes any error a RunFailure; success stays success.
llvm::Error atRunTime(llvm::Error error);

} // namespace mpc

#endif

//===- Commands.cpp - dispatch and exit codes -----------------------------===//

#include "mpc/Driver/Commands.h"
#include "llvm/Support/WithColor.h"

using namespace mpc;

char RunFailure::ID = 0;

llvm::Error mpc::atRunTime(llvm::Error error) {
  if (!error)
    return error;
  return llvm::make_error<RunFailure>(toString(std::move(error)));
}

static llvm::Expected<int> dispatch(const RunOptions &options) {
  switch (options.command) {
  case Command::Train:
    return runTrain(options);
  case Command::Infer:
    return runInfer(options);
  case Command::Verify:
    return runVerify(options);
  case Command::Plan:
    return runPlan(options);
  case Command::Bench:
    return runBench(options);
  }
  llvm_unreachable("unknown command");
}

/// Prints the error; the exit code says what kind it is.
static int report(llvm::Error error) {
  int code = BadInput;
  if (error.isA<RunFailure>())
    code = Failed;
  else if (error.isA<InfeasiblePlan>())
    code = Infeasible;
  llvm::WithColor::error(llvm::errs(), "mpc-run")
      << toString(std::move(error)) << "\n";
  return code;
}

int mpc::runCommand(const RunOptions &options) {
  llvm::Expected<int> code = dispatch(options);
  return code ? *code : report(code.takeError());
}

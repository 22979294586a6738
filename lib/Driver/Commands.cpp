//===- Commands.cpp - dispatch and exit codes -----------------------------===//

#include "mpc/Driver/Commands.h"
#include "Processes.h"
#include "mpc/Driver/Model.h"

using namespace mpc;

char RunFailure::ID = 0;

llvm::Error mpc::atRunTime(llvm::Error error) {
  // Those say more than that.
  if (!error || error.isA<WorldFailure>() || error.isA<SharedFailure>())
    return error;
  return llvm::make_error<RunFailure>(toString(std::move(error)));
}

static llvm::Expected<int> dispatch(const RunOptions &options) {
  // Before any long work.
  if (llvm::Error error = checkDevices(options))
    return error;
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
  case Command::Compile:
    return runCompile(options);
  case Command::Devices:
    return runDevices(options);
  }
  llvm_unreachable("unknown command");
}

int mpc::runCommand(const RunOptions &options) {
  if (World::countLaunched() > 1)
    return runTogether(options, dispatch);
  llvm::Expected<int> code = dispatch(options);
  return code ? *code : reportError(code.takeError(), nullptr);
}

//===- mpc-run.cpp - trains, runs and checks models -----------------------===//

#include "mpc/Driver/Commands.h"
#include <csignal>

int main(int argc, char **argv) {
  // A full disk and a closed pipe are errors of the write, not deaths.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  mpc::ParsedCommandLine line = mpc::parseCommandLine(argc, argv);
  return line.exitCode ? *line.exitCode : mpc::runCommand(line.options);
}

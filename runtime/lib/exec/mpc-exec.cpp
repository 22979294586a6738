//===- mpc-exec.cpp - Runs packages ---------------------------------------===//
#include "mpcrt/package/Runner.h"
#include <csignal>
#include <cstdio>
#include <string_view>

int main(int argc, char **argv) {
  // A full disk and a closed pipe are errors of the write, not deaths.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("mpc-exec %s\n", MPCRT_VERSION);
    return 0;
  }
  return mpcrt::runPackageCommand("mpc-exec", argc, argv);
}

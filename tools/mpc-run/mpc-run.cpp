//===- mpc-run.cpp - trains, runs and checks models -----------------------===//

#include "mpc/Driver/Commands.h"
#include "mpcrt/package/Runner.h"
#include "llvm/ADT/STLExtras.h"
#include <csignal>

/// Packages need no compiler: mpc-exec's commands run them.
static bool isAboutPackage(llvm::ArrayRef<char *> words) {
  return words.size() > 2 && llvm::StringRef(words[1]) != "compile" &&
         llvm::any_of(words.drop_front(2), [](llvm::StringRef word) {
           return !word.starts_with("-") && mpcrt::isPackage(word);
         });
}

int main(int argc, char **argv) {
  // A full disk and a closed pipe are errors of the write, not deaths.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  if (isAboutPackage({argv, static_cast<size_t>(argc)}))
    return mpcrt::runPackageCommand("mpc-run", argc, argv);
  mpc::ParsedCommandLine line = mpc::parseCommandLine(argc, argv);
  return line.exitCode ? *line.exitCode : mpc::runCommand(line.options);
}

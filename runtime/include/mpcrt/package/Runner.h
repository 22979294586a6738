//===- Runner.h - The command line of the runner ----------------*- C++ -*-===//
#ifndef MPCRT_PACKAGE_RUNNER_H
#define MPCRT_PACKAGE_RUNNER_H

#include <string_view>

namespace mpcrt {

/// True for the names of packages: "F.mpcpkg".
bool isPackage(std::string_view path);

/// The whole of mpc-exec; `tool` is the name in messages. Returns the exit
/// code: 0 success, 1 a failed run or check, 2 wrong usage or bad input.
int runPackageCommand(const char *tool, int argc, char **argv);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_RUNNER_H

//===- Processes.h - a run of several processes -----------------*- C++ -*-===//

#ifndef MPC_LIB_DRIVER_PROCESSES_H
#define MPC_LIB_DRIVER_PROCESSES_H

#include "mpc/Driver/Options.h"
#include "mpc/JIT/World.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mpc {

/// This process's number among those that the launcher has started, before
/// they have met.
int64_t getLaunchedRank();

using CommandFunction =
    llvm::function_ref<llvm::Expected<int>(const RunOptions &)>;

/// Joins the other processes, runs the command together with them, and leaves.
/// Returns the exit code; after an error, which has been reported then, the
/// process ends here.
int runTogether(RunOptions options, CommandFunction run);

/// Prints the error as "mpc-run: error: ..."; the exit code says what kind it
/// is. In a world the text begins with the rank, and what all processes have
/// found wrong is said once.
int reportError(llvm::Error error, World *world);

} // namespace mpc

#endif

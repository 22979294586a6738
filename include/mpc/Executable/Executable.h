//===- Executable.h - a partitioned module, ready to run --------*- C++ -*-===//
//
// From local bodies, ordered by a schedule, to the manifest that the runtime
// interprets (docs/executable-format.md), with every buffer at its place in
// its device's arena. Needs modules after mpc-localize and mpc-form-fused.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_EXECUTABLE_EXECUTABLE_H
#define MPC_EXECUTABLE_EXECUTABLE_H

#include "mpc/Executable/LaunchBody.h"
#include "mpc/Transforms/Bodies.h"

namespace mpc {

/// One program with what its manifest entry was made of.
struct ExecutableProgram {
  std::string name;
  ScheduledProgram scheduled;
  /// Devices of each device group, ascending.
  std::vector<std::vector<int64_t>> groups;
  /// The action id of (group, index in the group's list, member of the group).
  int64_t getActionId(int group, int index, int64_t member) const {
    return schedule::actionId(scheduled.schedule, group, index,
                              groups.front().size(), member);
  }
};

struct Executable {
  nlohmann::json manifest;
  std::vector<ExecutableProgram> programs;
  /// By device: bytes of the arena, which is the peak memory; and the part of
  /// it that holds variables.
  std::vector<int64_t> arenaBytes, variableBytes;
};

/// Builds the executable of all programs of `modules`: modules of one plan that
/// have the same variables (the training step, the smaller last batch). Kernels
/// are asked of `target`; the caller compiles them.
mlir::FailureOr<Executable>
buildExecutable(llvm::ArrayRef<mlir::ModuleOp> modules,
                ExecutableTarget &target);

} // namespace mpc

#endif

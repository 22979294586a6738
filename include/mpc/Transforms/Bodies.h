//===- Bodies.h - reading the bodies of a partitioned program ---*- C++ -*-===//

#ifndef MPC_TRANSFORMS_BODIES_H
#define MPC_TRANSFORMS_BODIES_H

#include "mpc/IR/MPC.h"
#include "mpc/Schedule/Program.h"

namespace mpc {

/// One run of a body in a step.
struct BodyInstance {
  int64_t device;
  int64_t micro;
  auto operator<=>(const BodyInstance &) const = default;
};

/// What a body function is, from its attributes.
schedule::ActionKind getBodyKind(mlir::func::FuncOp body);
int64_t getBodyStage(mlir::func::FuncOp body);
int64_t getBodyPart(mlir::func::FuncOp body);

/// Who runs a local body.
llvm::SmallVector<BodyInstance> getInstances(mlir::func::FuncOp body);
void setInstances(mlir::func::FuncOp body,
                  llvm::ArrayRef<BodyInstance> instances);

/// How many stages a placed module has, and the device group of one.
int64_t getNumStages(mlir::ModuleOp module);
int64_t getGroupOfStage(mlir::ModuleOp module, int64_t stage);

/// The devices of a group, a position on the stage axis; ascending.
llvm::SmallVector<int64_t> getGroupDevices(MeshAttr mesh, int64_t group);

/// A local program as the schedule layer sees it. Local bodies of one stage,
/// kind and part are one body there; a value's bytes are its largest part's.
struct ScheduledProgram {
  schedule::Program program;
  schedule::Schedule schedule;
};

/// Collects bodies and edges, generates the schedule that the program names (or
/// reads it, when it names a CSV file), completes and checks it.
mlir::FailureOr<ScheduledProgram> scheduleProgram(ProgramOp program);

} // namespace mpc

#endif

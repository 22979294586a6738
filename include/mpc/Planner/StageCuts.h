//===- StageCuts.h - where a model is cut into stages -----------*- C++ -*-===//
//
// A model is a line of units: forward ops that share an origin, with their
// gradients. Stages are consecutive units:
//
//   unit     0 matmul | 1 add | 2 relu | 3 matmul | 4 add ...
//   natural cuts                        ^
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_STAGECUTS_H
#define MPC_PLANNER_STAGECUTS_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/IR/MPC.h"

namespace mpc {

struct StageUnit {
  /// `mpc.origin` of its ops.
  int64_t origin = 0;
  /// Of forward and gradients, for the whole batch on one device.
  double seconds = 0;
  /// What would cross to the next stage if it began here.
  double bytesBefore = 0;
  /// Computes a contraction: the work that makes a stage worth having.
  bool isHeavy = false;
  /// The stage that a pin wants, or -1.
  int64_t pinnedStage = -1;
};

/// The units of a numbered function, ascending by origin.
std::vector<StageUnit> getStageUnits(mlir::func::FuncOp func,
                                     const DeviceGroup &device);

/// First units of `numStages` stages: the largest stage time, work and what it
/// receives at `bytesPerSecond`, is least; among those the fewest bytes cross.
/// Prefers natural cuts, where between two heavy units the fewest bytes cross;
/// takes others only when there are too few. Fails with InfeasiblePlan.
llvm::Expected<std::vector<int64_t>> cutStages(llvm::ArrayRef<StageUnit> units,
                                               int64_t numStages,
                                               double bytesPerSecond);

/// How many stages with work there can be.
int64_t getMaxStages(llvm::ArrayRef<StageUnit> units);

} // namespace mpc

#endif

//===- Predict.h - the step time of a partitioned program -------*- C++ -*-===//
//
// Prices local bodies and transfers, and simulates the very lists that run.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_PREDICT_H
#define MPC_PLANNER_PREDICT_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Schedule/Simulator.h"
#include "mpc/Transforms/Bodies.h"

namespace mpc {

/// Seconds by name; "all_reduce", "compute", ...
using CostParts = std::map<std::string, double>;
CostParts &operator+=(CostParts &parts, const CostParts &other);
double getTotal(const CostParts &parts);

/// The program that a module is about: @train_step, else @evaluate, else @main,
/// else the first; null without any.
ProgramOp findMainProgram(mlir::ModuleOp localized);

/// The lists that were simulated, and when each action happens.
struct Simulation {
  schedule::Schedule schedule;
  schedule::Timeline timeline;
  /// Devices of each group, ascending.
  std::vector<std::vector<int64_t>> groups;
};

struct Prediction {
  /// Its `peakBytes` stay empty: they are the sizes of the arenas, which the
  /// executable's layout knows.
  PlanCost cost;
  Simulation simulation;
};

/// The step of the main program of a localized module.
llvm::Expected<Prediction> predict(mlir::ModuleOp localized,
                                   const Cluster &cluster);

/// About how much memory the fullest device of each stage group needs:
/// variables, what lives across actions (for each micro-batch in flight) and
/// the largest body. For ranking candidates; the layout's number is exact.
std::vector<int64_t> estimateStageBytes(ProgramOp program,
                                        const schedule::Schedule &schedule);

} // namespace mpc

#endif

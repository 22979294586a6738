//===- Evaluate.h - judge a plan by carrying it out -------------*- C++ -*-===//

#ifndef MPC_PLANNER_EVALUATE_H
#define MPC_PLANNER_EVALUATE_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"
#include "mpc/Planner/Predict.h"

namespace mpc {

/// The function that decides: the one that assigns variables, else @evaluate,
/// else @main, else the first public one; null without any.
mlir::func::FuncOp findMainFunction(mlir::ModuleOp module);

/// What the signature of a function to partition must have: tensors only, of
/// static shapes.
llvm::Error checkSignature(mlir::func::FuncOp function);

struct Evaluation {
  PlanCost cost;
  /// Estimated, on the fullest device.
  int64_t memoryBytes = 0;
  /// The same for the fullest device of each stage group.
  std::vector<int64_t> stageBytes;
  Simulation simulation;
};

/// Partitions a clone of the main function by `plan` and simulates it. Fails
/// with InfeasiblePlan and the diagnostic where the plan cannot be carried out.
llvm::Expected<Evaluation> evaluatePlan(mlir::ModuleOp module, const Plan &plan,
                                        const Cluster &cluster);

} // namespace mpc

#endif

//===- CandidatePlans.h - the plans that a mesh allows --------------------===//

#ifndef MPC_LIB_PLANNER_CANDIDATEPLANS_H
#define MPC_LIB_PLANNER_CANDIDATEPLANS_H

#include "Request.h"
#include "mpc/Planner/StageCuts.h"

namespace mpc {

/// Completes meshes to plans: stages, micro-batches and tensor cuts.
class PlanMaker {
public:
  /// `module` is numbered. Everything given must outlive the maker.
  PlanMaker(mlir::ModuleOp module, mlir::func::FuncOp main,
            const Request &request, const PartitionOptions &options,
            const Pins &pins);

  /// One plan for each number of micro-batches worth a look, with the schedule
  /// that was asked for. Fails with InfeasiblePlan.
  llvm::Expected<std::vector<Plan>> makePlans(const Mesh &mesh);

  /// `plan` under the other schedules that may be faster; those that the model
  /// is too small for are left out.
  std::vector<Plan> makeScheduleVariants(const Plan &plan) const;

private:
  llvm::Error checkAxes(const Plan &plan) const;
  std::vector<std::string> getSchedules(const Plan &plan) const;
  llvm::Error chooseStages(Plan &plan) const;
  llvm::Expected<std::vector<int64_t>> cutInto(int64_t stages,
                                               const Plan &plan) const;
  llvm::Error chooseCuts(Plan &plan);
  int64_t chooseZero(const Plan &plan) const;
  llvm::Expected<llvm::SmallVector<int64_t>>
  getMicroBatches(const Plan &plan) const;
  double getStageBandwidth(const Plan &plan) const;

  mlir::ModuleOp module;
  mlir::func::FuncOp main;
  const Request &request;
  const PartitionOptions &options;
  const Pins &pins;
  std::vector<StageUnit> units;
  llvm::SmallVector<int64_t> batchSizes;
  /// Tensor cuts by axis size: auto asks for the same one with many meshes.
  std::map<int64_t, std::map<std::string, DimAxes>> knownCuts;
};

} // namespace mpc

#endif

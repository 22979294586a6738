//===- PlanContest.h - judges plans and keeps the table ---------*- C++ -*-===//

#ifndef MPC_LIB_PLANNER_PLANCONTEST_H
#define MPC_LIB_PLANNER_PLANCONTEST_H

#include "mpc/Planner/Planner.h"

namespace mpc {

/// "7.8 MiB", "1.5 GiB".
std::string formatBytes(int64_t bytes);

/// Judges plans and keeps the table.
class PlanContest {
public:
  PlanContest(mlir::ModuleOp module, const Cluster &cluster)
      : module(module), cluster(cluster) {}

  /// The error says why the plan cannot be carried out.
  llvm::Error enter(const Plan &plan);
  /// Enters a plan only if it fits and takes less than `seconds`.
  void challenge(const Plan &plan, double seconds);
  /// A mesh that gave no plan at all.
  void exclude(const Plan &plan, llvm::Error reason);
  /// The fastest plan, if it shares optimizer state, competes with itself
  /// without: small models gain nothing from it.
  llvm::Error tryWithoutSharing();
  /// Where no plan fits in memory, all compete again with more shared between
  /// replicas (ZeRO) and more computed again, until one fits.
  void saveMemory(bool mayShare, bool mayRecompute);
  bool hasFitting() const;
  /// The fastest that fits, of all or of the pipelines; or null.
  const Candidate *getBest(bool isPipeline = false) const;
  /// Sorts; fails with InfeasiblePlan when no candidate is left.
  llvm::Error decide();

  std::vector<Candidate> candidates;

private:
  int64_t getMemory(const Plan &plan) const;
  std::string explainNone() const;
  mlir::ModuleOp module;
  const Cluster &cluster;
};

} // namespace mpc

#endif

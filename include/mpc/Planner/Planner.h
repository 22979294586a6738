//===- Planner.h - chooses a plan -------------------------------*- C++ -*-===//
//
// From a model (decomposed, with global shapes) and what the user asked for to
// a plan. The presets fix the mesh and leave the rest to be chosen:
//
//   layer     stage:N, one micro-batch      tensor  tensor:N
//   pipeline  stage:N, micro-batches chosen data    data:N
//   auto      every data x stage x tensor; the fastest that fits in memory
//
// Data-parallel replicas share optimizer state (ZeRO-1) where that is not
// slower. Where nothing fits in memory they share gradients and parameters too,
// and the backward computes again what else would be kept.
//
// Candidates are judged by really partitioning a clone and simulating it.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_PLANNER_H
#define MPC_PLANNER_PLANNER_H

#include "mlir/IR/BuiltinOps.h"
#include "mpc/Cluster/Cluster.h"
#include "mpc/Planner/Plan.h"

namespace mpc {

/// What users may say; everything has a default.
struct PartitionOptions {
  static constexpr int64_t kChosenZero = -1;

  /// none, layer, tensor, pipeline, data or auto. Empty: what `mesh` says, else
  /// none on one device, else auto.
  std::string partition;
  /// "data:2,stage:2", outermost first.
  std::string mesh;
  /// 0: the cluster's or mesh's, else 1, or 4 where a split is asked for.
  int64_t devices = 0;
  /// 0: chosen.
  int64_t microBatches = 0;
  /// A generator's name or a CSV file; empty: 1f1b.
  std::string schedule;
  /// What data-parallel replicas share, see Plan.h; kChosenZero: chosen.
  int64_t zero = kChosenZero;
  int64_t zeroMinBytes = kZeroMinBytes;
  /// With a "tensor" axis: cut along their tokens what it does not cut else.
  bool sequenceParallel = false;
  /// none, selective or full; empty: none, or more where nothing else fits.
  std::string recompute;
  /// A file or a preset; empty: virtual devices on `machine`.
  std::string cluster;
  /// A file or a preset; empty: this machine's processor.
  std::string machine;
  /// A JSON file of placements and stages to keep, see Pins.h.
  std::string pinFile;
  /// A plan to use as it is.
  std::string planFile;
  /// Where tools write the plan that is used; empty: nowhere.
  std::string emitPlan;
};

/// One plan that was judged.
struct Candidate {
  Plan plan;
  /// Estimated, on the fullest device.
  int64_t memoryBytes = 0;
  /// Why it was not chosen; empty for the one that was.
  std::string verdict;
  /// Whether it could be used all the same.
  bool isFeasible = false;
};

struct PlanChoice {
  Plan plan;
  Cluster cluster;
  /// The best first.
  std::vector<Candidate> candidates;
  /// What was assumed, a line each.
  std::vector<std::string> notes;
};

/// No plan keeps the constraint that the message names, and by how much. Other
/// errors mean that the request itself is wrong.
class InfeasiblePlan : public llvm::ErrorInfo<InfeasiblePlan> {
public:
  static char ID;
  explicit InfeasiblePlan(const llvm::Twine &message)
      : message(message.str()) {}
  void log(llvm::raw_ostream &os) const override { os << message; }
  std::error_code convertToErrorCode() const override {
    return llvm::inconvertibleErrorCode();
  }

private:
  std::string message;
};

/// Plans for the functions of `module`: @train_step decides where there is one,
/// else @evaluate, else @main. Never changes the module.
llvm::Expected<PlanChoice> choosePlan(mlir::ModuleOp module,
                                      const PartitionOptions &options);

/// The table of candidates, for people; empty where there was one only.
std::string describeCandidates(const PlanChoice &choice);
/// The notes, the plan and the table.
std::string describe(const PlanChoice &choice);

/// A hash of the model's structure: names, types and ops, without locations
/// and optimizer. A model to infer and the same to train have one hash.
std::string getModelHash(mlir::ModuleOp module);

} // namespace mpc

#endif

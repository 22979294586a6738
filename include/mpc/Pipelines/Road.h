//===- Road.h - from a model to its partitioned program ---------*- C++ -*-===//
//
// The phases in order; a name each for `--to` and for files of `--dump-dir`.
//
//   import     the model as it is read, in bf16 where that is asked for
//   autodiff   with @train_step, when a loss is given
//   decompose  composite ops in simpler ones, canonical
//   plan       placed on a mesh, shapes still global
//   stages     bodies of every stage
//   local      local shapes and collectives
//   schedule   the lists of actions
//   fused      regions that become kernels
//
// and, for the target cuda, which show the kernels beside the program:
//
//   gpu        every distinct region as a gpu.module, gpu and vector dialects
//   nvvm       these in the NVVM dialect
//   ptx        these as gpu.binary: PTX
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PIPELINES_ROAD_H
#define MPC_PIPELINES_ROAD_H

#include "mlir/Pass/PassManager.h"
#include "mpc/Planner/Planner.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {

enum class RoadPhase {
  Import,
  Autodiff,
  Decompose,
  Plan,
  Stages,
  Local,
  Schedule,
  Fused,
  GPU,
  NVVM,
  PTX
};

/// What kernels are made for.
enum class RoadTarget { CPU, CUDA };

llvm::StringRef getName(RoadPhase phase);
/// The phase of a target's road called `name`; the error lists all.
llvm::Expected<RoadPhase> parseRoadPhase(llvm::StringRef name,
                                         RoadTarget target);

/// With it, the training step is partitioned besides the model.
struct TrainingRecipe {
  LossKind loss = LossKind::CrossEntropy;
  OptimizerKind optimizer = OptimizerKind::SGD;
};

struct RoadOptions {
  PartitionOptions partition;
  std::optional<TrainingRecipe> training;
  /// Whether the model computes in bf16.
  bool bf16 = false;
  RoadTarget target = RoadTarget::CPU;
  /// Of the target cuda: sm_80 to sm_90.
  std::string chip = "sm_80";
  /// Whether attention is left to the target's library, where it can be.
  bool flashAttention = false;
  /// The last phase.
  RoadPhase to = RoadPhase::Schedule;
  /// Every phase's module goes to DIR/N-PHASE.mlir; empty: nowhere.
  std::string dumpDir;
};

void buildRoad(mlir::OpPassManager &passes, const RoadOptions &options);

} // namespace mpc

#endif

//===- RegionKernel.h - one region's part of a GPU kernel -------*- C++ -*-===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_REGIONKERNEL_H
#define MPC_CONVERSION_FUSEDTOGPU_REGIONKERNEL_H

#include "BlockScatter.h"
#include "BlockSchedule.h"
#include "mpc/Conversion/GPUKernels.h"

namespace mpc {

/// A region with its plan: that of a scatter, or that of anything else.
class RegionKernel {
public:
  /// Errors are reported at the op.
  static llvm::FailureOr<RegionKernel> get(FusedOp op,
                                           const GPUOptions &options);

  FusedOp getOp() const { return op; }
  const Kernel &getCommon() const { return common; }
  int64_t getGridSize() const {
    return scatterPlan ? scatterPlan->getGridSize() : block->getGridSize();
  }
  int64_t getBlockSize() const {
    return scatterPlan ? scatterPlan->threads : block->getBlockSize();
  }
  /// Whether one launch can do both: each has its own blocks, of one size.
  bool canShareLaunch(const RegionKernel &other) const;
  /// For a region whose threads do not meet: the size that all those have which
  /// share a launch.
  void setSharedBlock();
  /// Inputs, outputs and scalars.
  int64_t getNumParameters() const {
    FusedOp fused = op;
    return fused->getNumOperands() + fused->getNumResults() +
           common.scalars.size();
  }

  /// Emits the work of thread `thread` of the region's block `number`.
  /// `arguments`: input buffers, output buffers, scalars. Adds to the bytes of
  /// `kernel`.
  void emit(mlir::OpBuilder &builder, mlir::gpu::GPUFuncOp function,
            mlir::ValueRange arguments, mlir::Value number, mlir::Value thread,
            const GPUOptions &options, GPUKernel &kernel) const;

private:
  bool isPointwise() const {
    return kernelPlan && !kernelPlan->hasReductions();
  }
  bool overwritesItems() const;

  FusedOp op;
  Kernel common;
  ScatterRegion scatter;
  std::optional<ScatterPlan> scatterPlan;
  std::optional<KernelPlan> kernelPlan;
  std::optional<BlockPlan> block;
};

} // namespace mpc

#endif

//===- EmitKernel.h - a fused region as a vector function -------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_EMITKERNEL_H
#define MPC_LIB_CONVERSION_EMITKERNEL_H

#include "mpc/Conversion/Kernels.h"

namespace mpc {

struct KernelPlan;

/// Loads the dialects that emitted functions are made of.
void loadKernelDialects(mlir::MLIRContext &context);

/// For every output of a region with this plan, the inputs whose buffer it may
/// be written to.
llvm::SmallVector<llvm::SmallVector<unsigned>>
getAliases(const KernelPlan &plan);

/// Emits `func.func @symbol(input buffers, output buffers, scalars, begin,
/// end)` with flat buffers and vectors of `vectorBytes` at the end of `module`.
llvm::LogicalResult emitKernel(FusedOp op, llvm::StringRef symbol,
                               int64_t vectorBytes, mlir::ModuleOp module);

} // namespace mpc

#endif

//===- EmitKernel.h - a fused region as a vector function -------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_EMITKERNEL_H
#define MPC_LIB_CONVERSION_EMITKERNEL_H

#include "mpc/Conversion/Kernels.h"

namespace mpc {

/// Loads the dialects that emitted functions are made of.
void loadKernelDialects(mlir::MLIRContext &context);

/// Emits `func.func @symbol(input buffers, output buffers, scalars, begin, end)`
/// with flat buffers and vectors of `vectorBytes` at the end of `module`.
llvm::LogicalResult emitKernel(FusedOp op, llvm::StringRef symbol, int64_t vectorBytes,
                               mlir::ModuleOp module);

} // namespace mpc

#endif

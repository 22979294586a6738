//===- InitAll.h - what every mpc tool knows --------------------*- C++ -*-===//
//
// The one place that registers dialects and passes.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_INITALL_H
#define MPC_INITALL_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/Frontend/Passes.h"
#include "mpc/IR/MPC.h"
#include "mpc/Pipelines/Passes.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {

inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<MPCDialect, mlir::func::FuncDialect>();
  registerGPUKernelDialects(registry);
}

inline void registerAllPasses() {
  mlir::registerTransformsPasses();
  registerMPCFrontendPasses();
  registerMPCTransformsPasses();
  registerMPCPipelinesPasses();
  registerMPCConversionPasses();
}

} // namespace mpc

#endif

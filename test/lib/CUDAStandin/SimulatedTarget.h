//===- SimulatedTarget.h - CUDA programs without a GPU ----------*- C++ -*-===//
//
// Programs for the target cuda run on the stand-in for NVIDIA's libraries
// (runtime/test/standin). Where it is asked to launch an entry of a module, it
// runs that kernel's NVVM form with fibers as threads (GPUSimulator).
//
//   useStandin();
//   options.compile.target = createSimulatedTarget;
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_LIB_CUDASTANDIN_SIMULATEDTARGET_H
#define MPC_TEST_LIB_CUDASTANDIN_SIMULATEDTARGET_H

#include "mpc/JIT/Compiler.h"

namespace mpc::test {

/// The runtime finds plugin and stand-in as users find plugin and driver. What
/// the environment has already goes first. Before the first session.
void useStandin();

/// The target cuda; its kernels are registered with the stand-in besides.
std::unique_ptr<ExecutableTarget>
createSimulatedTarget(mlir::MLIRContext &context, const CompileOptions &options,
                      int64_t devices);

} // namespace mpc::test

#endif

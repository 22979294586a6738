//===- GPUSimulator.h - GPU kernels on the CPU ------------------*- C++ -*-===//
//
// Runs a kernel as it is before LLVM: the NVVM dialect, in which thread
// numbers, barriers, shuffles and votes are calls of Threads.h, compiled for
// this machine.
//
//   auto simulator = GPUSimulator::create(op, {.chip = "sm_80"});
//   simulator->run({x, y}, {}, ThreadOrder::Ascending);
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_LIB_GPUSIMULATOR_GPUSIMULATOR_H
#define MPC_TEST_LIB_GPUSIMULATOR_GPUSIMULATOR_H

#include "Threads.h"
#include "mpc/Conversion/GPUKernels.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"

namespace mpc::test {

class GPUSimulator {
public:
  /// The context needs `prepareGPUKernels`.
  static llvm::Expected<GPUSimulator> create(llvm::ArrayRef<FusedOp> ops,
                                             const GPUOptions &options);

  const GPUKernel &getKernel() const { return kernel; }
  /// `buffers`: the inputs', then the outputs'.
  llvm::Error run(llvm::ArrayRef<char *> buffers,
                  llvm::ArrayRef<int64_t> scalars, ThreadOrder order);

private:
  GPUKernel kernel;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  void (*entry)(char **buffers, const int64_t *scalars) = nullptr;
  /// Whether threads wait for others.
  bool hasMeetings = false;
};

} // namespace mpc::test

#endif

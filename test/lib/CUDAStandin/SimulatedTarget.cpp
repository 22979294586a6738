//===- SimulatedTarget.cpp - CUDA programs without a GPU ------------------===//

#include "SimulatedTarget.h"
#include "GPUSimulator/GPUSimulator.h"
#include "Standin.h"
#include "llvm/Support/ErrorHandling.h"
#include <cstdlib>

using namespace mpc;
using namespace mpc::test;
namespace standin = mpcrt::standin;

void mpc::test::useStandin() {
  setenv("MPCRT_CUDA_PLUGIN", MPC_CUDA_PLUGIN, 0);
  setenv("MPCRT_CUDA_LIBRARY", MPC_STANDIN, 0);
  setenv("MPCRT_CUBLASLT_LIBRARY", MPC_STANDIN, 0);
  setenv("MPCRT_CUDNN_PLUGIN", MPC_STANDIN, 0);
  setenv("MPCRT_CUDNN_LIBRARY", MPC_STANDIN, 0);
  setenv("MPC_CACHE_DIR", MPC_CACHE, 0);
}

/// Buffers, then scalars, as cuLaunchKernel gets them.
static void run(GPUSimulator &simulator, size_t numBuffers, size_t numScalars,
                ThreadOrder order, void **parameters) {
  std::vector<char *> buffers(numBuffers);
  for (size_t i = 0; i < numBuffers; ++i)
    buffers[i] = standin::hostOf(*static_cast<char **>(parameters[i]));
  std::vector<int64_t> scalars(numScalars);
  for (size_t i = 0; i < numScalars; ++i)
    scalars[i] = *static_cast<int64_t *>(parameters[numBuffers + i]);
  if (llvm::Error error = simulator.run(buffers, scalars, order))
    llvm::report_fatal_error(std::move(error));
}

static llvm::Error registerKernel(llvm::ArrayRef<FusedOp> regions,
                                  const GPUOptions &options) {
  auto created = GPUSimulator::create(regions, options);
  if (!created)
    return created.takeError();
  auto simulator = std::make_shared<GPUSimulator>(std::move(*created));
  size_t numBuffers = 0;
  for (FusedOp region : regions)
    numBuffers += region->getNumOperands() + region->getNumResults();
  const GPUKernel &kernel = simulator->getKernel();
  size_t numScalars = kernel.scalars.size();
  standin::setParameterBytes(kernel.symbol,
                             std::vector<size_t>(numBuffers + numScalars, 8));
  standin::expectLaunch(kernel.symbol, kernel.gridSize, kernel.blockSize);
  // Threads are free to run in any order.
  bool isAscending = std::hash<std::string>()(kernel.symbol) % 2;
  ThreadOrder order =
      isAscending ? ThreadOrder::Ascending : ThreadOrder::Descending;
  standin::registerKernel(kernel.symbol, [=](void **parameters) {
    run(*simulator, numBuffers, numScalars, order, parameters);
  });
  return llvm::Error::success();
}

namespace {
class SimulatedTarget : public CUDATarget {
public:
  using CUDATarget::CUDATarget;

  llvm::FailureOr<LaunchKernel> add(llvm::ArrayRef<FusedOp> regions) override {
    llvm::FailureOr<LaunchKernel> kernel = CUDATarget::add(regions);
    // They stay registered from one model to the next.
    static llvm::StringSet<> registered;
    if (failed(kernel) || !registered.insert(kernel->symbol).second)
      return kernel;
    if (llvm::Error error = registerKernel(regions, {getOptions().chip})) {
      FusedOp first = regions.front();
      return first.emitError(llvm::toString(std::move(error)));
    }
    return kernel;
  }
};
} // namespace

std::unique_ptr<ExecutableTarget>
mpc::test::createSimulatedTarget(mlir::MLIRContext &context,
                                 const CompileOptions &options, int64_t) {
  return std::make_unique<SimulatedTarget>(context, options.kernels,
                                           options.cuda);
}

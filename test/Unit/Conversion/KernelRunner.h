//===- KernelRunner.h - compiles one region and runs it ---------*- C++ -*-===//

#ifndef MPC_TEST_UNIT_CONVERSION_KERNELRUNNER_H
#define MPC_TEST_UNIT_CONVERSION_KERNELRUNNER_H

#include "mlir/Parser/Parser.h"
#include "mpc/Conversion/Kernels.h"
#include <gtest/gtest.h>

/// The region of a module that has exactly one, compiled without the disk cache.
class KernelRunner {
public:
  explicit KernelRunner(const std::string &text, mpc::KernelOptions options = {""}) {
    context.loadDialect<mpc::MPCDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module)
      return;
    module->walk([&](mpc::FusedOp found) { op = found; });
    library = std::make_unique<mpc::KernelLibrary>(context, options);
    auto described = library->add(op);
    if (failed(described))
      return;
    kernel = *described;
    if (llvm::Error error = library->compile()) {
      ADD_FAILURE() << llvm::toString(std::move(error));
      return;
    }
    auto address = library->lookup(kernel.symbol);
    if (!address)
      ADD_FAILURE() << llvm::toString(address.takeError());
    else
      function = reinterpret_cast<mpc::KernelFn *>(*address);
  }

  bool isReady() const { return function != nullptr; }

  /// All units in one call.
  void run(std::vector<void *> buffers, std::vector<int64_t> scalars = {}) {
    runSlice(buffers, scalars, 0, kernel.extent);
  }
  /// In slices of `count` units, the last ones first.
  void runInSlices(std::vector<void *> buffers, int64_t count, std::vector<int64_t> scalars = {}) {
    for (int64_t begin = (kernel.extent - 1) / count * count; begin >= 0; begin -= count)
      runSlice(buffers, scalars, begin, std::min(begin + count, kernel.extent));
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mpc::FusedOp op;
  std::unique_ptr<mpc::KernelLibrary> library;
  mpc::Kernel kernel;

private:
  void runSlice(std::vector<void *> &buffers, std::vector<int64_t> &scalars, int64_t begin,
                int64_t end) {
    std::vector<char *> pointers;
    for (void *buffer : buffers)
      pointers.push_back(static_cast<char *>(buffer));
    function(pointers.data(), scalars.data(), begin, end);
  }
  mpc::KernelFn *function = nullptr;
};

#endif

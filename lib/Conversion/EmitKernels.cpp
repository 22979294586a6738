//===- EmitKernels.cpp - shows the code of regions ------------------------===//

#include "EmitKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mpc/Conversion/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_EMITKERNELS
#include "mpc/Conversion/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static void annotate(func::FuncOp function, const Kernel &kernel) {
  Builder builder(function.getContext());
  function->setAttr("mpc.extent", builder.getI64IntegerAttr(kernel.extent));
  function->setAttr("mpc.grain", builder.getI64IntegerAttr(kernel.grain));
  SmallVector<Attribute> aliases;
  for (const auto &inputs : kernel.aliases)
    aliases.push_back(
        builder.getDenseI64ArrayAttr(llvm::to_vector_of<int64_t>(inputs)));
  function->setAttr("mpc.aliases", builder.getArrayAttr(aliases));
}

namespace {
struct EmitKernels : mpc::impl::EmitKernelsBase<EmitKernels> {
  using EmitKernelsBase::EmitKernelsBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (vectorBytes < 8 || !llvm::isPowerOf2_64(vectorBytes)) {
      module.emitError()
          << "expected vector-bytes to be a power of two of at least 8, found "
          << vectorBytes;
      return signalPassFailure();
    }
    SmallVector<FusedOp> regions;
    module.walk([&](FusedOp op) { regions.push_back(op); });
    std::set<std::string> seen;
    for (FusedOp op : regions) {
      FailureOr<Kernel> kernel = describe(op);
      if (failed(kernel))
        return signalPassFailure();
      if (!seen.insert(kernel->symbol).second)
        continue;
      if (failed(emitKernel(op, kernel->symbol, vectorBytes, module)))
        return signalPassFailure();
      annotate(cast<func::FuncOp>(module.getBody()->back()), *kernel);
    }
  }
};
} // namespace

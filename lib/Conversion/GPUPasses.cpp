//===- GPUPasses.cpp - shows GPU kernels phase by phase -------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/IR/Tags.h"

namespace mpc {
#define GEN_PASS_DEF_EMITGPUKERNELS
#define GEN_PASS_DEF_LOWERGPUKERNELS
#define GEN_PASS_DEF_TRANSLATEGPUKERNELS
#include "mpc/Conversion/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static LogicalResult checkOptions(ModuleOp module, const GPUOptions &options) {
  llvm::Error error = check(options);
  if (!error)
    return success();
  // Without the op: it would be printed, and it is the whole model.
  emitError(module.getLoc()) << llvm::toString(std::move(error));
  return failure();
}

namespace {
struct EmitGPUKernels : mpc::impl::EmitGPUKernelsBase<EmitGPUKernels> {
  using EmitGPUKernelsBase::EmitGPUKernelsBase;
  void runOnOperation() override {
    ModuleOp module = getOperation();
    GPUOptions options{chip, bufferAlignment};
    if (failed(checkOptions(module, options)))
      return signalPassFailure();
    std::set<std::string> seen;
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      for (ArrayRef<FusedOp> regions : getGPULaunches(function)) {
        FailureOr<GPUKernel> kernel = emitGPUKernel(regions, options, module);
        if (failed(kernel))
          return signalPassFailure();
        if (!seen.insert(kernel->symbol).second)
          module.getBody()->back().erase();
      }
  }
};

struct LowerGPUKernels : mpc::impl::LowerGPUKernelsBase<LowerGPUKernels> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<gpu::GPUModuleOp>())
      if (failed(lowerGPUKernel(kernel))) {
        kernel.emitOpError("has no lowering to the NVVM dialect");
        return signalPassFailure();
      }
  }
};

struct TranslateGPUKernels
    : mpc::impl::TranslateGPUKernelsBase<TranslateGPUKernels> {
  using TranslateGPUKernelsBase::TranslateGPUKernelsBase;
  void runOnOperation() override {
    if (failed(checkOptions(getOperation(), {chip})))
      return signalPassFailure();
    for (auto kernel :
         llvm::make_early_inc_range(getOperation().getOps<gpu::GPUModuleOp>()))
      if (failed(translate(kernel)))
        return signalPassFailure();
  }

  LogicalResult translate(gpu::GPUModuleOp kernel) {
    llvm::Expected<std::string> ptx = translateToPTX(kernel, {chip});
    if (!ptx)
      return kernel.emitOpError(llvm::toString(ptx.takeError()));
    OpBuilder b(kernel);
    auto target = NVVM::NVVMTargetAttr::get(&getContext(), /*optLevel=*/3,
                                            "nvptx64-nvidia-cuda", chip);
    SmallVector<NamedAttribute> launch;
    for (StringRef name : {"mpc.grid", "mpc.block"})
      if (Attribute value = kernel->getAttr(name))
        launch.push_back(b.getNamedAttr(name, value));
    auto object = gpu::ObjectAttr::get(
        &getContext(), target, gpu::CompilationTarget::Assembly,
        b.getStringAttr(*ptx), b.getDictionaryAttr(launch), {});
    gpu::BinaryOp::create(b, kernel.getLoc(), kernel.getName(), Attribute(),
                          ArrayRef<Attribute>(object));
    kernel.erase();
    return success();
  }
};
} // namespace

//===- AssembleGPUKernels.cpp - cubins beside PTX -------------------------===//

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/Conversion/Ptxas.h"

namespace mpc {
#define GEN_PASS_DEF_ASSEMBLEGPUKERNELS
#include "mpc/Conversion/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static void printUse(StringRef name, DictionaryAttr launch,
                     const Cubin &cubin) {
  auto get = [&](StringRef key) -> int64_t {
    auto value = launch ? launch.getAs<IntegerAttr>(key) : IntegerAttr();
    return value ? value.getInt() : 0;
  };
  llvm::outs() << name << ": grid " << get("mpc.grid") << ", block "
               << get("mpc.block") << ", " << cubin.registers << " registers, "
               << cubin.sharedBytes << " bytes shared, " << cubin.stackBytes
               << " bytes stack, "
               << cubin.spillStoreBytes + cubin.spillLoadBytes
               << " bytes spilled\n";
}

namespace {
struct AssembleGPUKernels
    : mpc::impl::AssembleGPUKernelsBase<AssembleGPUKernels> {
  void runOnOperation() override {
    llvm::Expected<Ptxas> ptxas = Ptxas::require();
    if (!ptxas) {
      emitError(getOperation().getLoc()) << llvm::toString(ptxas.takeError());
      return signalPassFailure();
    }
    for (auto binary : getOperation().getOps<gpu::BinaryOp>())
      if (failed(assemble(binary, *ptxas)))
        return signalPassFailure();
  }

  LogicalResult assemble(gpu::BinaryOp binary, const Ptxas &ptxas) {
    auto ptx = dyn_cast<gpu::ObjectAttr>(binary.getObjects()[0]);
    if (!ptx || ptx.getFormat() != gpu::CompilationTarget::Assembly)
      return success();
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(ptx.getTarget());
    if (!target)
      return success();
    llvm::Expected<Cubin> cubin =
        ptxas.assemble(ptx.getObject().getValue(), target.getChip());
    if (!cubin)
      return binary.emitOpError(llvm::toString(cubin.takeError()));
    printUse(binary.getSymName(), ptx.getProperties(), *cubin);
    Builder b(&getContext());
    auto object = gpu::ObjectAttr::get(
        &getContext(), target, gpu::CompilationTarget::Binary,
        b.getStringAttr(cubin->code), ptx.getProperties(), {});
    binary.setObjectsAttr(b.getArrayAttr({ptx, object}));
    return success();
  }
};
} // namespace

//===- WritePTX.cpp - kernels as PTX, not as a module ---------------------===//

#include "WritePTX.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

namespace {
struct WritePTX : PassWrapper<WritePTX, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(WritePTX)
  explicit WritePTX(llvm::raw_ostream &os) : os(os) {}
  StringRef getArgument() const override { return "mpc-write-ptx"; }

  void runOnOperation() override {
    for (auto binary : getOperation().getOps<gpu::BinaryOp>())
      for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>())
        if (object.getFormat() == gpu::CompilationTarget::Assembly)
          write(binary.getSymName(), object);
    markAllAnalysesPreserved();
  }

  void write(StringRef name, gpu::ObjectAttr object) {
    os << "// " << name;
    if (DictionaryAttr launch = object.getProperties())
      for (auto [key, text] :
           {std::pair("mpc.grid", ": grid "), {"mpc.block", ", block "}})
        if (auto size = launch.getAs<IntegerAttr>(key))
          os << text << size.getInt();
    os << "\n" << object.getObject().getValue() << "\n";
  }

  llvm::raw_ostream &os;
};
} // namespace

std::unique_ptr<Pass> mpc::createWritePTX(llvm::raw_ostream &os) {
  return std::make_unique<WritePTX>(os);
}

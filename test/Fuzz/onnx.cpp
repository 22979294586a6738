// Any bytes as an ONNX file: a model or an error, never a crash.

#include "mpc/Frontend/ONNX.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  mpc::ONNXOptions options;
  options.batch = 2;
  options.sequence = 16;
  auto model = mpc::importONNXBytes(
      context, {reinterpret_cast<const char *>(data), size}, ".", options);
  if (!model)
    llvm::consumeError(model.takeError());
  return 0;
}

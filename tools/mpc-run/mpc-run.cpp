#include "mpc/Driver/Verify.h"
#include "mlir/IR/MLIRContext.h"
using namespace mpc;
int main(int argc, char **argv) {
  mlir::MLIRContext context(makeRegistry());
  auto module = loadModule(context, argv[1]);
  if (!module) { llvm::errs() << toString(module.takeError()) << "\n"; return 2; }
  VerifyOptions options;
  auto result = verifyTraining(**module, options, [&](mlir::ModuleOp) { return readPlan(argv[2]); });
  if (!result) { llvm::errs() << toString(result.takeError()) << "\n"; return 2; }
  llvm::outs() << result->equal << " " << result->maxError << " " << result->worstTensor << " " << result->tensors << "\n";
  for (auto b : result->predictedBytes) llvm::outs() << b << " ";
  for (auto b : result->allocatedBytes) llvm::outs() << b << " ";
  for (auto &c : result->counters) llvm::outs() << "\nflops " << c.matmul_flops << " allreduce " << c.collectives[0] << " sends " << c.sends;
  llvm::outs() << "\n";
}

//===- KernelCompiler.h - vector functions to machine code ------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_KERNELCOMPILER_H
#define MPC_LIB_CONVERSION_KERNELCOMPILER_H

#include "mpc/IR/MPC.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace mpc {

/// The processor that kernels are made for.
struct KernelTarget {
  static KernelTarget host();
  /// Another processor of this architecture, by LLVM's name.
  static llvm::Expected<KernelTarget> forProcessor(llvm::StringRef cpu);
  /// All that decides about the code, for cache keys.
  std::string str() const;

  std::string triple, cpu, features;
  int64_t vectorBytes = 16;
};

/// Registers what `lowerKernels` needs; once a context, before threads use it.
void prepareKernelLowering(mlir::MLIRContext &context);

/// Replaces math functions by polynomials: what is left are instructions, on
/// any target. `expandBFloat16`: conversions to bf16 are none.
llvm::LogicalResult approximateMath(mlir::Operation *root, bool expandBFloat16);

/// The pipeline of -O3 without its vectorisers: the kernels are vectorised
/// already.
void optimizeKernel(llvm::Module &module, llvm::TargetMachine &machine);

/// Rewrites a module of emitted functions in the LLVM dialect, with the kernel
/// ABI under the functions' names.
llvm::LogicalResult lowerKernels(mlir::ModuleOp module,
                                 const KernelTarget &target);

/// Turns modules into relocatable objects; one a thread, since it owns the
/// target machine.
class KernelCompiler {
public:
  static llvm::Expected<KernelCompiler> create(KernelTarget target);
  KernelCompiler(KernelCompiler &&);
  ~KernelCompiler();

  const llvm::TargetMachine &getMachine() const { return *machine; }

  /// `module` as emitted; it is consumed.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
  compile(mlir::ModuleOp module);

private:
  KernelCompiler(KernelTarget target,
                 std::unique_ptr<llvm::TargetMachine> machine);
  KernelTarget target;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace mpc

#endif

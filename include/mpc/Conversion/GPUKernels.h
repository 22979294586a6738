//===- GPUKernels.h - fused regions as PTX ----------------------*- C++ -*-===//
//
//   GPUCompiler compiler(context, {.chip = "sm_90"});
//   FailureOr<GPUKernel> kernel = compiler.compile(op);   // errors at the op
//   ... kernel->ptx, kernel->symbol, kernel->gridSize, kernel->blockSize ...
//
// The ABI of a kernel. `symbol` is a `.visible .entry` of the PTX. Its
// parameters are passed by value, 8 bytes each, in this order:
//
//   1. a global pointer for every input of the region, in order;
//   2. a global pointer for every output;
//   3. an i64 for every positional op with an offset attribute (`scalars`), in
//      their order in the region: where this device's part starts.
//
// Buffers are dense and row-major; i1 takes one byte. Every pointer is a
// multiple of `GPUOptions::bufferAlignment` bytes, and of the size of an
// element: a part of another buffer may need a kernel compiled with less than
// 16. Shapes are static, so the launch is decided here and nothing else is
// passed:
//
//   grid (gridSize, 1, 1), block (blockSize, 1, 1), no dynamic shared memory
//
// Several regions may share one launch (the updates of many variables), if none
// reads what another computes: then the buffers of the first region come first,
// and so on, and behind them the scalars of the first region, and so on. An
// output may overwrite an input of its own region that no other region of the
// launch reads.
//
// The grid covers all of the region's points; there is no range as the CPU's
// kernels have. An output may lie in the buffer of an input that `aliases`
// names, exactly on it; no other overlap is allowed. Inputs that `aliases` does
// not name are read through the read-only cache.
//
// Numbers are those of the CPU's kernel (the same approximations of
// mathematical functions, subnormal f32 taken for zero), but sums are added up
// in another order, which depends on the shape only: results are bitwise
// repeatable. Nothing calls a library: no libdevice, no toolkit.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_GPUKERNELS_H
#define MPC_CONVERSION_GPUKERNELS_H

#include "mpc/Conversion/Kernels.h"
#include "mpc/Conversion/Ptxas.h"

namespace mpc {

struct GPUOptions {
  /// sm_80 or later.
  std::string chip = "sm_80";
  /// Of every buffer, a power of two. With less than 16 accesses are narrower.
  int64_t bufferAlignment = 16;
};

struct GPUKernel {
  /// The entry's name: that of the CPU's kernel of the region (or a hash of
  /// those of all regions), and the alignment where it is not 16.
  std::string symbol;
  int64_t gridSize = 1, blockSize = 1;
  /// Static shared memory of a block.
  int64_t sharedBytes = 0;
  /// As in `Kernel`; those of all regions in order. Inputs are numbered from 0
  /// in each region.
  llvm::SmallVector<OffsetAttr, 1> scalars;
  llvm::SmallVector<llvm::SmallVector<unsigned>> aliases;
  /// What the kernel reads and writes, and what it would at least: all of its
  /// inputs once, as far as they are used, and all of its outputs. They differ
  /// where a row is too long for registers and is read once a phase.
  int64_t movedBytes = 0, leastBytes = 0;
  std::string ptx;
  /// For the options' chip alone; empty where none was asked for.
  std::string cubin;
};

/// What all devices since sm_80 take as parameters, with 8 bytes each.
constexpr int64_t kMaxGPUParameters = 4096 / 8;

/// Says what is wrong with the options, if anything.
llvm::Error check(const GPUOptions &options);

/// Adds the dialects of all phases of a kernel, and what translates them.
void registerGPUKernelDialects(mlir::DialectRegistry &registry);
/// The same for a context, and loads them; before threads use it.
void prepareGPUKernels(mlir::MLIRContext &context);

/// The kernel of one region, or of several that share a launch, as far as it is
/// known before it is emitted: all but bytes and code. Errors are reported at
/// the op.
llvm::FailureOr<GPUKernel> describeGPUKernel(llvm::ArrayRef<FusedOp> ops,
                                             const GPUOptions &options);

/// Appends `gpu.module @SYMBOL` with the kernel of one region, or of several
/// that share a launch, in the gpu and vector dialects, to `module`; its
/// attributes have the launch. The kernel that is returned has no PTX yet.
/// Errors are reported at the op.
llvm::FailureOr<GPUKernel> emitGPUKernel(llvm::ArrayRef<FusedOp> ops,
                                         const GPUOptions &options,
                                         mlir::ModuleOp module);

/// The regions of a function as they are launched, in order: alone, or with
/// those that have the same `mpc.launch` (see mpc-share-launches).
llvm::SmallVector<llvm::SmallVector<FusedOp, 1>>
getGPULaunches(mlir::func::FuncOp function);

/// Rewrites an emitted `gpu.module` in the NVVM dialect.
llvm::LogicalResult lowerGPUKernel(mlir::Operation *gpuModule);

/// The PTX of a `gpu.module` in the NVVM dialect.
llvm::Expected<std::string> translateToPTX(mlir::Operation *gpuModule,
                                           const GPUOptions &options);

/// Regions to PTX.
class GPUCompiler {
public:
  explicit GPUCompiler(mlir::MLIRContext &context, GPUOptions options = {});

  /// Errors are reported at the op.
  llvm::FailureOr<GPUKernel> compile(llvm::ArrayRef<FusedOp> ops);

private:
  mlir::MLIRContext &context;
  GPUOptions options;
};

/// Distinct kernels, compiled on several threads and kept on disk: for GPUs
/// what KernelLibrary is for CPUs.
class GPUKernelLibrary {
public:
  /// `assembler`: makes a cubin of every kernel besides; it outlives the
  /// library. Of `kernels` counts where objects are kept, and the threads.
  GPUKernelLibrary(mlir::MLIRContext &context, GPUOptions options,
                   const KernelOptions &kernels,
                   const Ptxas *assembler = nullptr);
  ~GPUKernelLibrary();

  /// Asks for the kernel of a launch; the ops may be erased afterwards. The
  /// kernel has no code yet.
  llvm::FailureOr<GPUKernel> add(llvm::ArrayRef<FusedOp> ops);
  /// Compiles what is missing. An error names the kernel.
  llvm::Error compile();

  size_t size() const;
  /// In the order of `add`.
  const GPUKernel &get(size_t number) const;
  std::optional<size_t> find(llvm::StringRef symbol) const;
  /// Kernels whose PTX `compile` found neither in memory nor on disk, so far.
  unsigned getNumCompiled() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace mpc

#endif

//===- Kernels.h - fused regions as machine code ----------------*- C++ -*-===//
//
//   KernelLibrary kernels(context);
//   for (FusedOp op : ...) {
//     FailureOr<Kernel> kernel = kernels.add(op);   // errors are reported at
//     the op
//     ... kernel->symbol, kernel->extent, kernel->scalars ...
//   }
//   if (llvm::Error error = kernels.compile()) ...  // several threads, disk
//   cache auto *run = reinterpret_cast<KernelFn *>(*kernels.lookup(symbol));
//
// Regions of equal structure are one kernel. A kernel has the signature
//
//   void kernel(char *const *buffers, const int64_t *scalars, int64_t begin,
//   int64_t end)
//
// `buffers`: the region's inputs, then its outputs, dense and row-major; i1
// takes one byte. `scalars`: the shard offset of every positional op that has
// an offset attribute, in their order in the region. [begin, end) is a part of
// [0, extent) cut at multiples of `grain`; how it is cut does not change a bit
// of the results.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_KERNELS_H
#define MPC_CONVERSION_KERNELS_H

#include "mpc/IR/MPC.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace mpc {

using KernelFn = void(char *const *buffers, const int64_t *scalars,
                      int64_t begin, int64_t end);

/// What a caller has to know of a compiled region.
struct Kernel {
  /// "mpc_k_" and a hash of the region's structure.
  std::string symbol;
  int64_t extent = 1, grain = 1;
  /// What the scalar parameters are.
  llvm::SmallVector<OffsetAttr, 1> scalars;
  /// For every output the inputs whose buffer it may be written to. Two inputs
  /// in one buffer allow it only if both are in the list.
  llvm::SmallVector<llvm::SmallVector<unsigned>> aliases;
};

/// Everything about a region's kernel but its code. An error at the op tells
/// why it is not one region.
llvm::FailureOr<Kernel> describe(FusedOp op);

struct KernelOptions {
  /// Where objects are kept from run to run; the default is $MPC_CACHE_DIR,
  /// else $XDG_CACHE_HOME/mpc, else ~/.cache/mpc. Empty after that: no cache.
  std::optional<std::string> cacheDir;
  unsigned threads = 2;
  /// LLVM's name of the processor; empty: this one. Code for another one is
  /// only good for a package.
  std::string cpu = {};
};

/// What a machine must be to run compiled kernels.
struct KernelMachine {
  std::string arch; ///< "x86_64"
  std::vector<std::string> features;
};
/// Fails for a processor that LLVM does not know.
llvm::Expected<KernelMachine> getKernelMachine(llvm::StringRef cpu);

class KernelLibrary {
public:
  explicit KernelLibrary(mlir::MLIRContext &context,
                         KernelOptions options = {});
  ~KernelLibrary();

  /// Asks for the region's kernel; the op may be erased afterwards.
  llvm::FailureOr<Kernel> add(FusedOp op);
  /// Compiles what is missing, in memory and on disk.
  llvm::Error compile();
  /// The code's address in this process, after `compile`.
  llvm::Expected<void *> lookup(llvm::StringRef symbol);
  /// Relocatable objects, one a kernel, for a package; in the order of `add`.
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::MemoryBufferRef>>
  getObjects() const;
  /// Kernels that `compile` found neither in memory nor on disk, so far.
  unsigned getNumCompiled() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl;
};

} // namespace mpc

#endif

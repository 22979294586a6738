//===- Ptxas.h - the CUDA toolkit's assembler -------------------*- C++ -*-===//
//
// Not needed to run: a driver compiles PTX when it is loaded. With it that time
// is saved, and what a kernel uses is known.
//
//   if (std::optional<Ptxas> ptxas = Ptxas::find())
//     if (auto cubin = ptxas->assemble(kernel.ptx, "sm_90")) ...
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_PTXAS_H
#define MPC_CONVERSION_PTXAS_H

#include "llvm/Support/Error.h"
#include <optional>
#include <string>

namespace mpc {

/// A kernel for one kind of GPU, and what it uses.
struct Cubin {
  std::string code;
  /// Of a thread.
  int64_t registers = 0;
  /// Bytes of a thread's local memory: its stack, of which a part is spilled
  /// registers (as they are stored and loaded).
  int64_t stackBytes = 0, spillStoreBytes = 0, spillLoadBytes = 0;
  /// Of a block.
  int64_t sharedBytes = 0;
};

class Ptxas {
public:
  /// $MPC_PTXAS, or ptxas in $CUDA_PATH/bin, $CUDA_HOME/bin, on the PATH, or in
  /// /usr/local/cuda/bin; none where there is no such program.
  static std::optional<Ptxas> find();
  /// The same; the error says where it was looked for.
  static llvm::Expected<Ptxas> require();

  /// The first kernel of the PTX; an error has what ptxas says.
  llvm::Expected<Cubin> assemble(llvm::StringRef ptx,
                                 llvm::StringRef chip) const;
  llvm::StringRef getPath() const { return path; }

private:
  explicit Ptxas(std::string path) : path(std::move(path)) {}
  std::string path;
};

} // namespace mpc

#endif

//===- Package.h - compiled programs in a file ------------------*- C++ -*-===//
//
// What is written here, mpc-exec runs (docs/packages.md). The file's layout is
// mpcrt/package/Manifest.h.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_JIT_PACKAGE_H
#define MPC_JIT_PACKAGE_H

#include "mpc/Data/TensorStore.h"
#include "mpc/JIT/Compiler.h"
#include "mpcrt/package/Manifest.h"

namespace mpc {

struct PackageContents {
  const CompiledModel &compiled;
  /// All variables; shapes are global.
  mlir::ModuleOp variables;
  /// Where initializers of files read from; null: such variables are an error.
  const data::TensorStore *weights = nullptr;
  /// False: whoever runs the package gives those weights.
  bool holdsWeights = true;
};

/// Sizes of what was written.
struct PackageSizes {
  size_t kernels = 0, codeBytes = 0, weightBytes = 0, totalBytes = 0;
};

/// Writes a package aside and renames it. `manifest` says what the contents do
/// not: tool, model, split, seed, inputs, training, check.
llvm::Expected<PackageSizes> writePackage(llvm::StringRef path,
                                          const PackageContents &contents,
                                          mpcrt::PackageManifest manifest);

} // namespace mpc

#endif

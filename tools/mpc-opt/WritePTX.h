//===- WritePTX.h - kernels as PTX, not as a module -------------*- C++ -*-===//

#ifndef MPC_TOOLS_MPCOPT_WRITEPTX_H
#define MPC_TOOLS_MPCOPT_WRITEPTX_H

#include "mlir/Pass/Pass.h"

namespace mpc {

/// Writes the PTX of every `gpu.binary` of a module, each under a comment with
/// its launch.
std::unique_ptr<mlir::Pass> createWritePTX(llvm::raw_ostream &os);

} // namespace mpc

#endif

//===- KernelText.h - a region's structure as text --------------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_KERNELTEXT_H
#define MPC_LIB_CONVERSION_KERNELTEXT_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// Equal for regions that are the same code: ops, their own attributes, types
/// and dataflow, but no locations, names or tags; an offset is only "given".
std::string getKernelText(FusedOp op);
/// The symbol of the kernel with this text.
std::string getKernelSymbol(llvm::StringRef text);

} // namespace mpc

#endif

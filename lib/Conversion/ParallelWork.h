//===- ParallelWork.h - several threads, one list ---------------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_PARALLELWORK_H
#define MPC_LIB_CONVERSION_PARALLELWORK_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

namespace mpc {

/// Calls `work` on `threads` threads, of which this is one, until all have
/// returned. The error has what all of them say.
llvm::Error workInParallel(size_t threads,
                           llvm::function_ref<llvm::Error()> work);

} // namespace mpc

#endif

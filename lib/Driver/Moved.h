//===- Moved.h - a model with other rounding --------------------*- C++ -*-===//
//
// Splits add up the same terms in another order. What that may change is seen
// by the unsplit model itself when it runs with numbers next to its own: other
// roundings, and nothing else. Equal numbers move alike, so that the maximum of
// equals stays one, and zero stays zero; another `run` moves them otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_DRIVER_MOVED_H
#define MPC_LIB_DRIVER_MOVED_H

#include "mpc/Driver/Training.h"

namespace mpc {

/// Moves the terms of every sum in a built module, by about half a unit in the
/// last place. Sums that cancel are left with what their terms lose.
void moveTerms(mlir::ModuleOp built, uint64_t run);

/// Moves every parameter's elements by a unit in the last place of their type.
llvm::Error moveParameters(Setup &setup, uint64_t run);

} // namespace mpc

#endif

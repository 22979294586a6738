//===- Recompute.h - what the backward computes again -----------*- C++ -*-===//
//
// A forward op whose result is not kept is repeated by the backward body that
// needs it, right before it does. The ops stay one in the placed function: only
// the bodies that are outlined of it have copies.
//
//   none       every result that the backward needs is kept
//   selective  not the inside of ops that are large inside (attention)
//   full       only what crosses a few narrow places of the stage, chosen so
//   that
//              what is kept and the largest piece between two of them, which is
//              computed again as a whole, take the fewest bytes together
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TRANSFORMS_RECOMPUTE_H
#define MPC_TRANSFORMS_RECOMPUTE_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// Forward ops that bodies repeat, of a placed function of a module whose
/// `mpc.recompute` says how each stage does it.
llvm::DenseSet<mlir::Operation *> findRecomputed(mlir::func::FuncOp func);

/// A chain of values in the order that they are computed in, for `full`.
struct ChainValue {
  int64_t bytes = 0;
  /// The last value that is computed from it; itself, when there is none.
  int64_t lastUse = 0;
  /// Whether the backward needs it.
  bool isNeeded = false;
};

/// Places of the chain to keep values at, ascending: what crosses from place p
/// (values up to and with p) to later ones is kept. `copies` of what is kept
/// live at a time, one for each micro-batch in flight.
llvm::SmallVector<int64_t> chooseNarrowPlaces(llvm::ArrayRef<ChainValue> chain,
                                              int64_t copies);

} // namespace mpc

#endif

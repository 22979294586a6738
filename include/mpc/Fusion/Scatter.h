//===- Scatter.h - regions that sum rows into a table -----------*- C++ -*-===//

#ifndef MPC_FUSION_SCATTER_H
#define MPC_FUSION_SCATTER_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// The addition that is the only use of the scatter_add's result, in the same
/// block; null if there is none. The rows can then be summed into the other
/// summand, and no table of zeros is made.
AddOp getAdditionTo(ScatterAddOp scatter);

/// A region that is a scatter_add, with or without such an addition.
struct ScatterRegion {
  ScatterAddOp scatter;
  /// The region's argument to which rows are added; null: zeros.
  mlir::Value base;

  /// What `fused` is; a null scatter for other regions.
  static ScatterRegion get(FusedOp fused);
  explicit operator bool() { return static_cast<bool>(scatter); }
};

} // namespace mpc

#endif

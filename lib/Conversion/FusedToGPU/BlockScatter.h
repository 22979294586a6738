//===- BlockScatter.h - sums of rows into a table, by blocks ----*- C++ -*-===//
//
// A block owns some rows of the table and a thread some of their columns: it
// clears them (or takes those of the table that is added to), then finds the
// positions whose id is a row of its own, 32 at a time by a vote of the warp,
// and adds their updates in ascending order. Every element has one writer and
// the order of additions of the op: no atomics, and the CPU's bits.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_BLOCKSCATTER_H
#define MPC_CONVERSION_FUSEDTOGPU_BLOCKSCATTER_H

#include "../FusedToVector/VectorBuilder.h"
#include "BlockPlan.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mpc/Fusion/Scatter.h"

namespace mpc {

struct ScatterPlan {
  ScatterPlan(const ScatterRegion &region, int64_t alignment);

  int64_t getGridSize() const { return ceilDiv(tableRows, rows); }
  /// Vectors of a row.
  int64_t getSteps() const { return rowSize / width; }

  int64_t tableRows = 1, rowSize = 1;
  int64_t width = 1;
  /// Of a block.
  int64_t threads = kWarp, rows = 1;
};

/// Emits the work of thread `thread` of block `blockNumber`.
void emitBlockScatter(const ScatterRegion &region, const ScatterPlan &plan,
                      VectorBuilder &vectors, mlir::ValueRange arguments,
                      mlir::Value blockNumber, mlir::Value thread);

} // namespace mpc

#endif

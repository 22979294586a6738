//===- RowSchedule.h - the CPU loops of a fused region ----------*- C++ -*-===//
//
// for unit in [begin, end):                 one tuple of outer factors, one
// lane block
//   for tile in the lane block:             (a parallel lane: several vectors
//   at once)
//     for phase in 0 ...:                   one for every level of reductions
//       for inner factors, lanes last:      accumulators in vectors, masked
//       tail
//     store what spans P only
//
// A later phase computes pointwise values again: they cost less than memory.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOVECTOR_ROWSCHEDULE_H
#define MPC_CONVERSION_FUSEDTOVECTOR_ROWSCHEDULE_H

#include "Emitter.h"
#include "mpc/Fusion/Scatter.h"

namespace mpc {

class RowSchedule {
public:
  /// `arguments`: input buffers, output buffers, scalars.
  RowSchedule(const KernelPlan &plan, VectorBuilder &vectors,
              mlir::ValueRange arguments);

  /// Emits the units [begin, end) at the builder's insertion point.
  void emit(mlir::Value begin, mlir::Value end);

private:
  using Values = llvm::SmallVector<mlir::Value>;
  using Phase = KernelPlan::Phase;
  using Copies = llvm::MutableArrayRef<Scope>;

  void emitUnit(mlir::Value unit, const Scope &function);
  void emitLaneBlock(mlir::Value block, Scope &unit);
  void emitTile(const Scope &unit, mlir::Value lane, unsigned vectors,
                int64_t lastLanes);
  void emitPhases(Copies copies);
  /// The inner loops from `depth` on; takes and returns accumulators.
  Values emitLoops(const Phase &phase, Copies copies, unsigned depth,
                   Values accumulators);
  Values emitInnerLane(const Phase &phase, Scope &row, Values accumulators);
  Values emitBody(const Phase &phase, Copies copies, Values accumulators);
  void finish(const Phase &phase, Copies copies, Values accumulators);
  /// A counted loop with carried values: body(index, carried).
  Values loop(mlir::Value begin, mlir::Value end, int64_t step, Values carried,
              llvm::function_ref<Values(mlir::Value, Values)> body);

  unsigned getUnroll() const;
  /// Accumulators of one reduction: one for every vector that is worked on at
  /// once.
  unsigned getNumAccumulators(Copies copies) const;
  void setCopies(llvm::SmallVectorImpl<Scope> &copies, const Scope &parent,
                 mlir::Value lane, unsigned vectors, int64_t lastLanes);

  const KernelPlan &plan;
  VectorBuilder &v;
  Emitter emitter;
};

/// Emits a region that sums rows into a table: rows [begin, end) of it.
void emitScatter(const ScatterRegion &region, VectorBuilder &vectors,
                 mlir::ValueRange arguments, mlir::Value begin,
                 mlir::Value end);

} // namespace mpc

#endif

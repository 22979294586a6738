//===- KernelPlan.h - loops and addresses of a fused region -----*- C++ -*-===//
//
// What follows from a region for every target: its factors after merging those
// that all accesses walk together, which of them is the vector dimension (the
// lane), the parallel loop, and the address of every access as a linear form.
//
//   [8, 16] + [16]:  factors a=8, b=16; reads 16a+b and b; writes 16a+b; lane b
//   [8, 16] + [8, 16]: one factor of 128; reads and writes a; lane a
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CONVERSION_FUSEDTOVECTOR_KERNELPLAN_H
#define MPC_CONVERSION_FUSEDTOVECTOR_KERNELPLAN_H

#include "mpc/Fusion/FusedSpace.h"

namespace mpc {

/// offset + sum of stride[f] * index[f], in elements.
struct LinearForm {
  bool operator==(const LinearForm &) const = default;
  llvm::BitVector getSpan() const;

  llvm::SmallVector<int64_t, 4> strides;
  int64_t offset = 0;
};

struct KernelPlan {
  /// Reports why a region has no plan as an error at the op. `keepsValues`:
  /// stores and loads cost less than functions, as on a CPU.
  static llvm::FailureOr<KernelPlan> get(FusedOp op, bool keepsValues = true);

  bool isInner(unsigned factor) const { return inner.test(factor); }
  bool isLaneInner() const { return lane && isInner(*lane); }
  bool hasReductions() const { return inner.any(); }
  int64_t getNumLaneBlocks() const;
  /// Factors on which a value's elements depend, and the number of reductions
  /// behind it.
  const llvm::BitVector &getSpan(mlir::Value value) const {
    return spans.find(value)->second;
  }
  unsigned getLevel(mlir::Value value) const { return levels.lookup(value); }
  /// What is computed in one walk over the inner factors.
  struct Phase {
    llvm::SmallVector<ReduceOp> reductions;
    llvm::SmallVector<unsigned> outputs;
    llvm::SmallVector<mlir::Value> kept;
    bool isEmpty() const { return reductions.empty() && outputs.empty(); }
  };
  Phase getPhase(unsigned level) const;
  /// The phase in which an output gets its value: the last one for those that
  /// span P only.
  unsigned getWritePhase(unsigned output) const;
  /// The phase from which on an output's buffer is not free: earlier where it
  /// keeps a value between phases.
  unsigned getFirstWrite(unsigned output) const;
  /// The last phase that computes the value of `op`, and so reads its operands.
  unsigned getLastUse(mlir::Operation *op) const { return lastUses.lookup(op); }
  bool spansInner(unsigned output) const {
    return forms[writes[output]].getSpan().anyCommon(inner);
  }

  FusedOp op;
  /// Merged factors and which of them are reduced.
  llvm::SmallVector<int64_t> sizes;
  llvm::BitVector inner;

  llvm::SmallVector<LinearForm> forms;
  /// Values that are kept, from the phase that first needs them, in the buffer
  /// of an output that is written later: they cost more than a store and a
  /// load.
  struct Kept {
    unsigned output, phase;
  };
  llvm::MapVector<mlir::Value, Kept> kept;

  /// The first form that is equal: accesses by it are the same.
  unsigned getFirstEqual(unsigned form) const {
    return llvm::find(forms, forms[form]) - forms.begin();
  }

  /// Index into `forms`: of every operand that is read from memory ...
  llvm::DenseMap<mlir::OpOperand *, unsigned> reads;
  /// ... of the coordinate that a global_index yields ...
  llvm::DenseMap<mlir::Operation *, unsigned> coordinates;
  /// ... and of every output.
  llvm::SmallVector<unsigned> writes;

  /// Parallel factors but the lane, major to minor; inner factors likewise.
  llvm::SmallVector<unsigned> outer, loops;
  std::optional<unsigned> lane;
  /// Elements of a parallel lane in one unit of the parallel loop.
  int64_t block = 1;
  /// The lane block is the major digit of a unit's number, not the minor one:
  /// units that gather from the same cache lines follow each other.
  bool isBlockMajor = false;
  /// Units of the parallel loop, and the multiple in which it is cut.
  int64_t extent = 1, grain = 1;
  unsigned numPhases = 1;
  /// Ops with a shard offset, in order: one scalar parameter each.
  llvm::SmallVector<mlir::Operation *> positional;

private:
  llvm::DenseMap<mlir::Value, llvm::BitVector> spans;
  llvm::DenseMap<mlir::Value, unsigned> levels;
  llvm::DenseMap<mlir::Operation *, unsigned> lastUses;
  friend class KernelPlanner;
};

/// The input that an operand of the body reads; none for computed values.
std::optional<unsigned> getInputNumber(mlir::Value value);
inline llvm::ArrayRef<int64_t> getShape(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape();
}

} // namespace mpc

#endif

//===- FusedSpace.h - the iteration space of a fused region -----*- C++ -*-===//
//
// The ops of a region share one space of factors: P (parallel) and I (inner:
// what its reductions reduce). Softmax over the rows of [8, 16]:
//
//   %m = mpc.reduce max %x dims [1]      // spans a, reduces b
//   %d = mpc.sub %x, %m                  // spans a, b
//   %e = mpc.exp %d
//   %s = mpc.reduce sum %e dims [1]
//   %y = mpc.div %e, %s                  // P = {a=8}, I = {b=16}
//
// Invariants of a region, checked by `get`:
// - all reductions reduce exactly I, over an operand that spans P and I;
// - no value has a factor in two dimensions (no diagonals);
// - what is read through a slice, or as an embedding's table, is computed outside;
// - P and I are connected: there is one space, not several.
// A fused region's results span P, or P and I.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_FUSION_FUSEDSPACE_H
#define MPC_FUSION_FUSEDSPACE_H

#include "mpc/Fusion/FactorTable.h"
#include "mpc/IR/MPC.h"

namespace mpc {

/// What an op is to a region.
enum class FusionRole {
  /// Not part of any region.
  Outside,
  /// An element of the result depends on one element of every operand.
  Pointwise,
  /// The operand's elements under another index (transpose, broadcast, reshape, slice).
  View,
  /// A splat or coordinates: reads nothing.
  Source,
  Reduction,
  /// Rows of a table, by index.
  Gather,
  /// Sums rows into a table: a region of its own.
  Scatter,
};
FusionRole getFusionRole(mlir::Operation *op);

/// Remembers sharding rules: trying regions asks for the same ones again and again.
class RuleCache {
public:
  const ShardingRule &get(mlir::Operation *op);

private:
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<ShardingRule>> rules;
};

class FusedSpace {
public:
  /// The space of `ops`, in their order in the block. Fails with the reason in
  /// `whyNot` (when given) where they cannot be one region.
  static llvm::FailureOr<FusedSpace> get(llvm::ArrayRef<mlir::Operation *> ops,
                                         RuleCache &rules,
                                         std::string *whyNot = nullptr);

  /// Factor sizes; factors are numbered densely. Size-1 dimensions have none.
  llvm::ArrayRef<int64_t> getSizes() const { return sizes; }
  /// The factors that are reduced: I.
  const llvm::BitVector &getInner() const { return inner; }
  /// The factors of every dimension of a value computed in the region.
  const TensorFactors &getDims(mlir::Value computed) const {
    return results.find(computed)->second;
  }
  /// The factors by which `op` indexes an operand. Add `getSliceStart`.
  const TensorFactors &getOperandDims(mlir::Operation *op, unsigned operand) const {
    return operands.find(op)->second[operand];
  }
  /// The factors of a tensor as a set.
  llvm::BitVector getSpan(const TensorFactors &dims) const;
  llvm::BitVector getParallel() const;
  bool contains(mlir::Operation *op) const { return operands.contains(op); }
  /// Whether a region may yield this value: it spans P, or P and I.
  bool canYield(mlir::Value computed) const;
  /// The product of the sizes in `span`.
  int64_t getNumPoints(const llvm::BitVector &span) const;

private:
  friend class FusedSpaceBuilder;
  llvm::SmallVector<int64_t> sizes;
  llvm::BitVector inner;
  llvm::DenseMap<mlir::Value, TensorFactors> results;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<TensorFactors, 3>> operands;
};

/// Row-major strides of a shape, in elements.
llvm::SmallVector<int64_t> getRowMajorStrides(llvm::ArrayRef<int64_t> shape);

} // namespace mpc

#endif

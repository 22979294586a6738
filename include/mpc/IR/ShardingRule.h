//===- ShardingRule.h - an op as an einsum over factors ---------*- C++ -*-===//
//
// The one description from which local shapes, communication, cost, memory and
// micro-batching are derived. Example, `matmul: (m,k),(k,n) -> (m,n)`:
//
//   ShardingRuleBuilder b(op);
//   unsigned m = b.parallel(M), n = b.parallel(N), k = b.reduction(K);
//   b.operand({{m}, {k}}).operand({{k}, {n}}).result({{m}, {n}});
//   return b.build();
//
// A dimension may be compound: a reshape [B, 768] -> [B, 12, 64] has factors
// b, h = 12, d = 64, and spans its input's last dimension by {h, d}, major to
// minor. A dimension of size 1 has no factor.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_SHARDINGRULE_H
#define MPC_IR_SHARDINGRULE_H

#include "mpc/IR/Sharding.h"
#include "llvm/ADT/SmallVector.h"

namespace mpc {

enum class FactorKind {
  /// Points are independent; the factor appears in the results that use it.
  Parallel,
  /// Results sum (or take the maximum) over it: partial when sharded.
  Reduction,
  /// The op reduces inside; sharding it needs `decompose` first.
  Inner,
  /// Must not be sharded.
  Whole,
};

struct Factor {
  int64_t size;
  FactorKind kind;
  ReductionKind reduction = ReductionKind::Sum;
};

/// Factors spanned by one dimension, major to minor; empty for size 1.
using DimFactors = llvm::SmallVector<unsigned, 2>;
/// One entry a dimension.
using TensorFactors = llvm::SmallVector<DimFactors, 4>;

struct ShardingRule {
  llvm::SmallVector<Factor, 6> factors;
  llvm::SmallVector<TensorFactors, 3> operands;
  llvm::SmallVector<TensorFactors, 1> results;
  /// The results are linear in all operands together (add, neg, cast, reshape):
  /// operands that are all partial sums on an axis give a result partial on it.
  bool linear = false;

  /// (m,k),(k,n)->(m,n) {m=8, n=4, k=16 sum}; letters by factor index.
  std::string str() const;
  /// The product of the factor sizes: points of the op's iteration space.
  int64_t getNumPoints() const;
};

class ShardingRuleBuilder {
public:
  unsigned parallel(int64_t size) { return add({size, FactorKind::Parallel}); }
  unsigned reduction(int64_t size, ReductionKind kind = ReductionKind::Sum) {
    return add({size, FactorKind::Reduction, kind});
  }
  unsigned inner(int64_t size) { return add({size, FactorKind::Inner}); }
  unsigned whole(int64_t size) { return add({size, FactorKind::Whole}); }

  ShardingRuleBuilder &operand(TensorFactors dims);
  ShardingRuleBuilder &result(TensorFactors dims);
  ShardingRuleBuilder &linear(bool value = true);
  ShardingRule build() { return std::move(rule); }

  /// Every dimension a parallel factor of its own.
  TensorFactors parallelDims(llvm::ArrayRef<int64_t> shape);

private:
  unsigned add(Factor factor);
  ShardingRule rule;
};

/// The rule of an op with NumPy broadcasting: result dimensions are parallel,
/// an operand's dimension of size 1 against a larger one has no factor.
ShardingRule getBroadcastRule(mlir::Operation *op, bool linear = false);

/// The rule of a reshape between two shapes of equally many elements.
ShardingRule getReshapeRule(llvm::ArrayRef<int64_t> from,
                            llvm::ArrayRef<int64_t> to);

} // namespace mpc

#endif

//===- FactorTable.h - factors that are split and identified ----*- C++ -*-===//
//
// Every op brings factors of its own; along a producer-consumer edge they are
// the same points. Unifying [6] with [2, 3] splits the 6:
//
//   FactorTable t;
//   unsigned a = t.add(6), b = t.add(2), c = t.add(3);
//   t.unify({a}, {b, c});        // t.resolve({a}) == t.resolve({b, c})
//
//===----------------------------------------------------------------------===//

#ifndef MPC_FUSION_FACTORTABLE_H
#define MPC_FUSION_FACTORTABLE_H

#include "mpc/IR/ShardingRule.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/LogicalResult.h"

namespace mpc {

class FactorTable {
public:
  unsigned add(int64_t size);
  int64_t getSize(unsigned factor) const { return nodes[factor].size; }

  /// The leaves of `factors`, major to minor.
  DimFactors resolve(llvm::ArrayRef<unsigned> factors) const;

  /// Makes both lists (major to minor) have the same leaves. Fails, leaving the
  /// table half changed, where they have no common split: [6] and [4, ...].
  llvm::LogicalResult unify(llvm::ArrayRef<unsigned> a,
                            llvm::ArrayRef<unsigned> b);

private:
  struct Node {
    int64_t size;
    /// None: a leaf. One: the same as that factor. Two: split, major first.
    llvm::SmallVector<unsigned, 2> parts;
  };
  void split(unsigned leaf, int64_t majorSize);
  llvm::SmallVector<Node> nodes;
};

} // namespace mpc

#endif

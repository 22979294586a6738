//===- Ballot.h - which factors of an op an axis cuts -----------*- C++ -*-===//

#ifndef MPC_LIB_SHARDING_BALLOT_H
#define MPC_LIB_SHARDING_BALLOT_H

#include "mpc/IR/ShardingProjection.h"

namespace mpc {

/// One operand's wish to see a factor cut.
struct Vote {
  unsigned factor;
  DimSharding cut;
  int64_t weight;
  /// Gives way to any other for the same axis.
  bool isWeak;
};

/// What operands, and the wishes for operands and results, ask of an op.
class Ballot {
public:
  explicit Ballot(const ShardingRule &rule) : rule(rule) {}

  void add(mlir::Value value, const TensorFactors &dims, ShardingAttr sharding,
           bool isWeak = false);
  /// The votes, the most important first.
  llvm::SmallVector<Vote> count();

private:
  const ShardingRule &rule;
  llvm::SmallVector<Vote> votes;
};

/// The winners of `votes` that one placement can hold together.
FactorPlacement elect(llvm::ArrayRef<Vote> votes, const ShardingRule &rule,
                      mlir::MLIRContext *context);

} // namespace mpc

#endif

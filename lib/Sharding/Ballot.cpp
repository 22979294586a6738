//===- Ballot.cpp - which factors of an op an axis cuts -------------------===//

#include "Ballot.h"

using namespace mlir;
using namespace mpc;

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * ceilDiv(type.getElementTypeBitWidth(), 8);
}

void Ballot::add(Value value, const TensorFactors &dims, ShardingAttr sharding,
                 bool isWeak) {
  for (auto [factors, dim] : llvm::zip(dims, sharding.getDims())) {
    if (!dim.isSharded())
      continue;
    std::optional<CutFactor> cut = getCutFactor(rule, factors, dim);
    if (!cut || rule.factors[cut->factor].kind == FactorKind::Inner ||
        rule.factors[cut->factor].kind == FactorKind::Whole)
      continue;
    auto *same = llvm::find_if(votes, [&](const Vote &vote) {
      return vote.factor == cut->factor && vote.cut == cut->cut;
    });
    if (same == votes.end()) {
      votes.push_back({cut->factor, cut->cut, getBytes(value), isWeak});
      continue;
    }
    same->weight += getBytes(value);
    same->isWeak &= isWeak;
  }
}

SmallVector<Vote> Ballot::count() {
  // Nobody can gather what is cut by micro-batches: such votes come first.
  auto rank = [](const Vote &vote) {
    return std::tuple(!llvm::is_contained(vote.cut.getAxes(), kTimeAxis),
                      vote.isWeak, -vote.weight, vote.factor);
  };
  llvm::sort(votes,
             [&](const Vote &a, const Vote &b) { return rank(a) < rank(b); });
  return votes;
}

/// Whether all operands and results can be cut as boxes.
static bool isRepresentable(const ShardingRule &rule,
                            const FactorPlacement &placement,
                            MLIRContext *context) {
  auto fits = [&](const TensorFactors &dims) {
    return getTensorSharding(rule, dims, placement, false, context).has_value();
  };
  return llvm::all_of(rule.operands, fits) && llvm::all_of(rule.results, fits);
}

FactorPlacement mpc::elect(ArrayRef<Vote> votes, const ShardingRule &rule,
                           MLIRContext *context) {
  FactorPlacement placement(rule.factors.size());
  SmallVector<Attribute> used;
  for (const Vote &vote : votes) {
    if (placement[vote.factor].isSharded() ||
        llvm::any_of(vote.cut.axes, [&](Attribute axis) {
          return llvm::is_contained(used, axis);
        }))
      continue;
    placement[vote.factor] = vote.cut;
    if (!isRepresentable(rule, placement, context))
      placement[vote.factor] = {};
    else
      llvm::append_range(used, vote.cut.axes);
  }
  return placement;
}

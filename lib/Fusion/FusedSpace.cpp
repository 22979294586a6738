//===- FusedSpace.cpp - unifying the factors of a region's ops ------------===//

#include "mpc/Fusion/FusedSpace.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mpc;

FusionRole mpc::getFusionRole(Operation *op) {
  if (isa<PointwiseOpInterface>(op))
    return FusionRole::Pointwise;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return FusionRole::Source;
  return llvm::TypeSwitch<Operation *, FusionRole>(op)
      .Case<GlobalIndexOp>([](auto) { return FusionRole::Source; })
      .Case<TransposeOp, BroadcastOp, ReshapeOp, SliceOp>(
          [](auto) { return FusionRole::View; })
      .Case([](ReduceOp reduce) {
        // Over dimensions of size 1 it is the identity.
        return reduce.getInput().getType() == reduce.getType()
                   ? FusionRole::View
                   : FusionRole::Reduction;
      })
      .Case<EmbeddingOp>([](auto) { return FusionRole::Gather; })
      .Case<ScatterAddOp>([](auto) { return FusionRole::Scatter; })
      .Default([](auto) { return FusionRole::Outside; });
}

bool mpc::isExpensive(Operation *op) {
  if (!isa<PointwiseOpInterface>(op))
    return false;
  bool isUnary = op->getNumOperands() == 1;
  if (isUnary && !cast<ShardingRuleOpInterface>(op).getShardingRule().linear)
    return true;
  return isa<GeluGradOp, PowOp, RandomBitsOp>(op);
}

SmallVector<int64_t> mpc::getRowMajorStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t dim = static_cast<int64_t>(shape.size()) - 2; dim >= 0; --dim)
    strides[dim] = strides[dim + 1] * shape[dim + 1];
  return strides;
}

const ShardingRule &RuleCache::get(Operation *op) {
  std::unique_ptr<ShardingRule> &rule = rules[op];
  if (!rule)
    rule = std::make_unique<ShardingRule>(
        cast<ShardingRuleOpInterface>(op).getShardingRule());
  return *rule;
}

BitVector FusedSpace::getSpan(const TensorFactors &dims) const {
  BitVector span(sizes.size());
  for (const DimFactors &dim : dims)
    for (unsigned factor : dim)
      span.set(factor);
  return span;
}

BitVector FusedSpace::getParallel() const {
  BitVector parallel(inner);
  return parallel.flip();
}

bool FusedSpace::canYield(Value computed) const {
  BitVector span = getSpan(getDims(computed));
  return span.all() || span == getParallel();
}

int64_t FusedSpace::getNumPoints(const BitVector &span) const {
  int64_t points = 1;
  for (unsigned factor : span.set_bits())
    points *= sizes[factor];
  return points;
}

//===----------------------------------------------------------------------===//
// Builder
//===----------------------------------------------------------------------===//

namespace mpc {
class FusedSpaceBuilder {
public:
  FusedSpaceBuilder(ArrayRef<Operation *> ops, RuleCache &rules,
                    std::string *whyNot)
      : ops(ops), rules(rules), whyNot(whyNot) {}
  FailureOr<FusedSpace> build();

private:
  using OperandDims = SmallVector<TensorFactors, 3>;

  LogicalResult addOp(Operation *op);
  LogicalResult connect(Operation *op, unsigned operand);
  LogicalResult joinReaders();
  bool tryJoin(const TensorFactors &a, const TensorFactors &b);
  llvm::EquivalenceClasses<unsigned> getComponents() const;
  bool hasDiagonal() const;
  bool isDiagonal(const TensorFactors &dims) const;
  void numberLeaves();
  LogicalResult setInner();
  TensorFactors resolved(const TensorFactors &dims) const;
  TensorFactors renumbered(const TensorFactors &dims) const;
  LogicalResult fail(const Twine &reason) {
    if (whyNot)
      *whyNot = reason.str();
    return failure();
  }

  ArrayRef<Operation *> ops;
  RuleCache &rules;
  std::string *whyNot;
  FactorTable table;
  DenseMap<Value, TensorFactors> results;
  DenseMap<Operation *, OperandDims> operands;
  DenseMap<Operation *, DimFactors> reduced;
  llvm::DenseMap<unsigned, unsigned> leafNumbers;
  FusedSpace space;
};
} // namespace mpc

/// Whether the op's values do not depend on the iteration point, so that every
/// user may see it through factors of its own.
static bool isSplat(Operation *op) {
  return op->hasTrait<OpTrait::ConstantLike>();
}

/// Dimensions of a rule in the numbers of the table.
static TensorFactors translate(const TensorFactors &dims,
                               ArrayRef<unsigned> ids) {
  TensorFactors result;
  for (const DimFactors &dim : dims) {
    result.emplace_back();
    for (unsigned factor : dim)
      result.back().push_back(ids[factor]);
  }
  return result;
}

LogicalResult FusedSpaceBuilder::addOp(Operation *op) {
  const ShardingRule &rule = rules.get(op);
  FusionRole role = getFusionRole(op);
  if (isSplat(op)) {
    results[op->getResult(0)] = TensorFactors(rule.results[0].size());
    operands[op] = {};
    return success();
  }
  SmallVector<unsigned> ids;
  for (const Factor &factor : rule.factors)
    ids.push_back(table.add(factor.size));
  OperandDims &dims = operands[op];
  for (const TensorFactors &operand : rule.operands)
    dims.push_back(translate(operand, ids));
  TensorFactors result = translate(rule.results[0], ids);
  if (auto slice = dyn_cast<SliceOp>(op))
    dims[0][slice.getDim()] = result[slice.getDim()];
  if (role == FusionRole::Gather)
    dims[0][0].clear();
  if (role == FusionRole::View) {
    llvm::DenseSet<unsigned> visible;
    for (const DimFactors &dim : result)
      visible.insert(dim.begin(), dim.end());
    for (const DimFactors &dim : dims[0])
      for (unsigned factor : dim)
        if (!visible.contains(factor))
          return fail("'" + op->getName().getStringRef() +
                      "' regroups elements");
  }
  if (role == FusionRole::Reduction)
    for (auto [id, factor] : llvm::zip_equal(ids, rule.factors))
      if (factor.kind == FactorKind::Reduction)
        reduced[op].push_back(id);
  results[op->getResult(0)] = std::move(result);
  for (unsigned operand = 0; operand < op->getNumOperands(); ++operand)
    if (failed(connect(op, operand)))
      return failure();
  return success();
}

/// Identifies the operand's factors with those of its producer in the region.
LogicalResult FusedSpaceBuilder::connect(Operation *op, unsigned operand) {
  if (isa<GlobalIndexOp>(op))
    return success();
  auto it = results.find(op->getOperand(operand));
  if (it == results.end() || isSplat(it->first.getDefiningOp()))
    return success();
  if (getFusionRole(op) == FusionRole::Gather && operand == 0)
    return fail("the table of an embedding is computed inside");
  if (isa<SliceOp>(op))
    return fail("a slice's operand is computed inside");
  for (auto [use, def] : llvm::zip_equal(operands[op][operand], it->second))
    if (failed(table.unify(use, def)))
      return fail("factors have no common split");
  return success();
}

TensorFactors FusedSpaceBuilder::resolved(const TensorFactors &dims) const {
  TensorFactors result;
  for (const DimFactors &dim : dims)
    result.push_back(table.resolve(dim));
  return result;
}

bool FusedSpaceBuilder::isDiagonal(const TensorFactors &dims) const {
  llvm::SmallDenseSet<unsigned, 8> seen;
  for (const DimFactors &dim : resolved(dims))
    for (unsigned leaf : dim)
      if (!seen.insert(leaf).second)
        return true;
  return false;
}

bool FusedSpaceBuilder::hasDiagonal() const {
  auto diagonal = [&](const TensorFactors &dims) { return isDiagonal(dims); };
  return llvm::any_of(results, [&](auto &it) { return diagonal(it.second); }) ||
         llvm::any_of(operands, [&](auto &it) {
           return llvm::any_of(it.second, diagonal);
         });
}

/// Leaves are connected when one value spans both. Only leaves of the ops'
/// values are members.
llvm::EquivalenceClasses<unsigned> FusedSpaceBuilder::getComponents() const {
  llvm::EquivalenceClasses<unsigned> components;
  for (Operation *op : ops) {
    std::optional<unsigned> first;
    auto join = [&](const TensorFactors &dims) {
      for (const DimFactors &dim : resolved(dims))
        for (unsigned leaf : dim) {
          components.insert(leaf);
          if (first)
            components.unionSets(*first, leaf);
          first = leaf;
        }
    };
    join(results.find(op->getResult(0))->second);
    if (!isa<GlobalIndexOp>(op))
      llvm::for_each(operands.find(op)->second, join);
  }
  return components;
}

/// Identifies two uses of one outside value, if that leaves no diagonal.
bool FusedSpaceBuilder::tryJoin(const TensorFactors &a,
                                const TensorFactors &b) {
  if (resolved(a) == resolved(b))
    return true;
  FactorTable before = table;
  bool unified = llvm::all_of(llvm::zip_equal(a, b), [&](auto pair) {
    return succeeded(table.unify(std::get<0>(pair), std::get<1>(pair)));
  });
  if (unified && !hasDiagonal())
    return true;
  table = std::move(before);
  return false;
}

/// Ops that read one tensor walk it together: a row's sum and what is computed
/// from its elements, or several gradients.
LogicalResult FusedSpaceBuilder::joinReaders() {
  llvm::MapVector<Value, SmallVector<const TensorFactors *>> readers;
  for (Operation *op : ops)
    for (OpOperand &operand : op->getOpOperands()) {
      if (results.contains(operand.get()) || isa<GlobalIndexOp>(op))
        continue;
      const TensorFactors &use =
          operands.find(op)->second[operand.getOperandNumber()];
      auto &others = readers[operand.get()];
      if (llvm::none_of(others,
                        [&](auto *other) { return tryJoin(*other, use); }))
        others.push_back(&use);
    }
  if (getComponents().getNumClasses() > 1)
    return fail("the ops share no iteration space");
  return success();
}

TensorFactors FusedSpaceBuilder::renumbered(const TensorFactors &dims) const {
  TensorFactors result = resolved(dims);
  for (DimFactors &dim : result)
    for (unsigned &factor : dim)
      factor = leafNumbers.lookup(factor);
  return result;
}

/// Numbers the leaves in the order in which operands, then results, span them.
void FusedSpaceBuilder::numberLeaves() {
  auto number = [&](const TensorFactors &dims) {
    for (const DimFactors &dim : resolved(dims))
      for (unsigned leaf : dim)
        if (leafNumbers.try_emplace(leaf, leafNumbers.size()).second)
          space.sizes.push_back(table.getSize(leaf));
  };
  for (Operation *op : ops) {
    if (!isa<GlobalIndexOp>(op))
      llvm::for_each(operands[op], number);
    number(results[op->getResult(0)]);
  }
  for (Operation *op : ops) {
    space.results[op->getResult(0)] = renumbered(results[op->getResult(0)]);
    auto &dims = space.operands[op];
    for (const TensorFactors &operand : operands[op])
      dims.push_back(isa<GlobalIndexOp>(op) ? TensorFactors(operand.size())
                                            : renumbered(operand));
  }
}

LogicalResult FusedSpaceBuilder::setInner() {
  space.inner.resize(space.sizes.size());
  for (auto &[op, factors] : reduced)
    for (unsigned leaf : table.resolve(factors))
      space.inner.set(leafNumbers.lookup(leaf));
  for (auto &[op, factors] : reduced) {
    DimFactors leaves = table.resolve(factors);
    if (leaves.empty())
      continue;
    BitVector span = space.getSpan(space.getOperandDims(op, 0));
    if (leaves.size() != space.inner.count() || !span.all())
      return fail("reductions over different factors");
  }
  return success();
}

FailureOr<FusedSpace> FusedSpaceBuilder::build() {
  for (Operation *op : ops) {
    FusionRole role = getFusionRole(op);
    if (role == FusionRole::Outside || role == FusionRole::Scatter)
      return fail("'" + op->getName().getStringRef() + "' cannot be fused");
    if (failed(addOp(op)))
      return failure();
  }
  if (hasDiagonal())
    return fail("a value is used under two orders of its dimensions");
  if (failed(joinReaders()))
    return failure();
  numberLeaves();
  if (failed(setInner()))
    return failure();
  return std::move(space);
}

FailureOr<FusedSpace> FusedSpace::get(ArrayRef<Operation *> ops,
                                      RuleCache &rules, std::string *whyNot) {
  return FusedSpaceBuilder(ops, rules, whyNot).build();
}

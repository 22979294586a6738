//===- Propagation.cpp - shardings of a whole function --------------------===//

#include "mpc/Sharding/Propagation.h"
#include "Ballot.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

/// Axes on which every operand is a partial sum: a linear op keeps them.
static SmallVector<StringAttr>
getKeptPartialAxes(const ShardingRule &rule, ArrayRef<ShardingAttr> operands) {
  SmallVector<StringAttr> kept;
  if (!rule.linear || operands.empty())
    return kept;
  for (StringAttr axis : operands.front().getPartialAxes())
    if (llvm::all_of(operands, [&](ShardingAttr sharding) {
          return sharding.getPartialKind() == ReductionKind::Sum &&
                 llvm::is_contained(sharding.getPartialAxes(), axis);
        }))
      kept.push_back(axis);
  return kept;
}

static ShardingAttr addPartial(ShardingAttr sharding,
                               ArrayRef<StringAttr> axes) {
  if (axes.empty())
    return sharding;
  SmallVector<StringAttr> partial(axes);
  for (StringAttr axis : sharding.getPartialAxes())
    if (!llvm::is_contained(partial, axis))
      partial.push_back(axis);
  return ShardingAttr::get(sharding.getContext(), sharding.getDims(), partial,
                           ReductionKind::Sum);
}

static std::optional<Phase> getPhase(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase ? std::optional(phase.getValue()) : std::nullopt;
}

bool ShardingPropagation::isOncePerStep(Operation *op,
                                        ArrayRef<ShardingAttr> given,
                                        ArrayRef<StringAttr> kept) const {
  Phase phase = getPhase(op).value_or(Phase::Forward);
  if (phase == Phase::Update || phase == Phase::Forward)
    return phase == Phase::Update;
  bool keepsTime = llvm::is_contained(kept, kTimeAxis);
  return llvm::any_of(llvm::zip(op->getOperands(), given), [&](auto entry) {
    auto [operand, sharding] = entry;
    Operation *producer = operand.getDefiningOp();
    bool follows = producer && shardings.at(producer).isOncePerStep;
    bool completes = llvm::is_contained(sharding.getPartialAxes(), kTimeAxis);
    return follows || (completes && !keepsTime);
  });
}

static bool isUpdate(Operation *op) { return getPhase(op) == Phase::Update; }

/// `sharding`, a partial sum over `axis`, as parts of its tokens: the dimension
/// behind the batch, or the first of a matrix. Null where that is cut already
/// or too small.
static ShardingAttr cutTokens(Value value, ShardingAttr sharding,
                              StringAttr axis, MeshAttr mesh) {
  ArrayRef<int64_t> shape = cast<RankedTensorType>(value.getType()).getShape();
  if (shape.size() < 2)
    return nullptr;
  size_t dim = shape.size() == 2 ? 0 : 1;
  SmallVector<DimSharding> dims(sharding.getDims());
  std::optional<DimSharding> cut =
      shardBy(shape[dim], {axis}, mesh, value.getContext());
  if (dims[dim].isSharded() || !cut)
    return nullptr;
  dims[dim] = *cut;
  return ShardingAttr::get(value.getContext(), dims, {}, ReductionKind::Sum);
}

FactorPlacement
ShardingPropagation::choosePlacement(Operation *op, const ShardingRule &rule,
                                     ArrayRef<ShardingAttr> given) {
  Ballot ballot(rule);
  StringAttr tokens = isUpdate(op) ? nullptr : seeds.sequenceAxis;
  bool keeps =
      tokens && llvm::is_contained(getKeptPartialAxes(rule, given), tokens);
  for (auto [operand, dims, sharding] :
       llvm::zip(op->getOperands(), rule.operands, given)) {
    ballot.add(operand, dims, sharding, cutByTokens.contains(operand));
    bool completes = tokens && !keeps &&
                     sharding.getPartialKind() == ReductionKind::Sum &&
                     llvm::is_contained(sharding.getPartialAxes(), tokens);
    ShardingAttr parts =
        completes ? cutTokens(operand, sharding, tokens, seeds.mesh) : nullptr;
    if (parts)
      ballot.add(operand, dims, parts, /*isWeak=*/true);
  }
  auto addWishes = [&](ValueRange values, ArrayRef<TensorFactors> tensors) {
    for (auto [value, dims] : llvm::zip(values, tensors))
      if (ShardingAttr wish = wishes.lookup(value))
        ballot.add(value, dims, wish);
  };
  if (isUpdate(op)) {
    addWishes(op->getOperands(), rule.operands);
    addWishes(op->getResults(), rule.results);
  }
  SmallVector<Vote> votes = ballot.count();
  FactorPlacement placement = elect(votes, rule, op->getContext());
  bool isCut = tokens && llvm::any_of(votes, [&](const Vote &vote) {
                 return vote.isWeak && placement[vote.factor] == vote.cut &&
                        llvm::is_contained(vote.cut.getAxes(), tokens);
               });
  if (isCut)
    cutByTokens.insert_range(op->getResults());
  return placement;
}

void ShardingPropagation::collectWishes() {
  if (seeds.updates.empty())
    return;
  for (Operation &op : llvm::reverse(func.getBody().front())) {
    if (auto assign = dyn_cast<AssignOp>(op)) {
      if (ShardingAttr wish = seeds.updates.lookup(assign.getVariable()))
        wishes.try_emplace(assign.getValue(), wish);
      continue;
    }
    auto ruled = dyn_cast<ShardingRuleOpInterface>(op);
    if (!ruled || !isUpdate(&op))
      continue;
    ShardingRule rule = ruled.getShardingRule();
    Ballot ballot(rule);
    for (auto [result, dims] : llvm::zip(op.getResults(), rule.results))
      if (ShardingAttr wish = wishes.lookup(result))
        ballot.add(result, dims, wish);
    FactorPlacement placement = elect(ballot.count(), rule, func.getContext());
    for (auto [operand, dims] : llvm::zip(op.getOperands(), rule.operands)) {
      ShardingAttr wish =
          *getTensorSharding(rule, dims, placement, false, func.getContext());
      if (!wish.isReplicated())
        wishes.try_emplace(operand, wish);
    }
  }
}

ShardingAttr ShardingPropagation::getGiven(Operation *op, Value operand) const {
  auto read = operand.getDefiningOp<ReadOp>();
  if (read && !isUpdate(op))
    if (ShardingAttr use = seeds.uses.lookup(read.getVariable()))
      return use;
  return values.at(operand);
}

void ShardingPropagation::visit(Operation *op) {
  MLIRContext *context = op->getContext();
  OpSharding sharding;
  auto variableSharding = [&](StringRef name, Type type) {
    auto it = seeds.variables.find(name);
    return it != seeds.variables.end()
               ? it->second
               : ShardingAttr::replicated(
                     context, cast<RankedTensorType>(type).getRank());
  };
  if (auto read = dyn_cast<ReadOp>(op)) {
    sharding.results.push_back(
        variableSharding(read.getVariable(), read.getType()));
  } else if (auto assign = dyn_cast<AssignOp>(op)) {
    sharding.operands.push_back(
        variableSharding(assign.getVariable(), assign.getValue().getType()));
  } else {
    SmallVector<ShardingAttr> given;
    for (Value operand : op->getOperands())
      given.push_back(getGiven(op, operand));
    ShardingRule rule = cast<ShardingRuleOpInterface>(op).getShardingRule();
    sharding.placement = choosePlacement(op, rule, given);
    SmallVector<StringAttr> kept = getKeptPartialAxes(rule, given);
    sharding.isOncePerStep = isOncePerStep(op, given, kept);
    llvm::erase_if(kept, [&](StringAttr axis) {
      return (sharding.isOncePerStep && axis == kTimeAxis) ||
             llvm::any_of(sharding.placement, [&](const DimSharding &dim) {
               return llvm::is_contained(dim.getAxes(), axis);
             });
    });
    for (const TensorFactors &dims : rule.operands)
      sharding.operands.push_back(addPartial(
          *getTensorSharding(rule, dims, sharding.placement, false, context),
          kept));
    for (const TensorFactors &dims : rule.results)
      sharding.results.push_back(addPartial(
          *getTensorSharding(rule, dims, sharding.placement, true, context),
          kept));
  }
  for (auto [result, resultSharding] :
       llvm::zip(op->getResults(), sharding.results))
    values[result] = resultSharding;
  shardings[op] = std::move(sharding);
}

void ShardingPropagation::visitReturn(Operation *op) {
  OpSharding sharding;
  for (Value operand : op->getOperands()) {
    // What the update has in parts is returned in parts.
    ShardingAttr wish = wishes.lookup(operand);
    sharding.operands.push_back(wish ? wish
                                     : values.at(operand).withoutPartial());
  }
  shardings[op] = std::move(sharding);
}

LogicalResult ShardingPropagation::run() {
  for (auto [index, argument] : llvm::enumerate(func.getArguments())) {
    ShardingAttr seed =
        index < seeds.arguments.size() ? seeds.arguments[index] : nullptr;
    values[argument] =
        seed ? seed
             : ShardingAttr::replicated(
                   func.getContext(),
                   cast<RankedTensorType>(argument.getType()).getRank());
  }
  collectWishes();
  for (Operation &op : func.getBody().front()) {
    if (op.hasTrait<OpTrait::ReturnLike>())
      visitReturn(&op);
    else if (isa<ShardingRuleOpInterface>(op))
      visit(&op);
    else
      return op.emitOpError(
          "has no sharding rule, so it cannot be partitioned");
  }
  return success();
}

SmallVector<ShardingPropagation::Reshard>
ShardingPropagation::getReshards() const {
  SmallVector<Reshard> reshards;
  llvm::DenseSet<std::pair<Value, Attribute>> seen;
  for (Operation &op : func.getBody().front()) {
    const OpSharding &sharding = shardings.at(&op);
    for (auto [use, need] : llvm::zip(op.getOpOperands(), sharding.operands)) {
      ShardingAttr have = values.at(use.get());
      if (have != need && seen.insert({use.get(), need}).second)
        reshards.push_back({&use, have, need});
    }
  }
  return reshards;
}

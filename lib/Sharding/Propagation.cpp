//===- Propagation.cpp - shardings of a whole function --------------------===//

#include "mpc/Sharding/Propagation.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

static int64_t getBytes(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  return type.getNumElements() * ceilDiv(type.getElementTypeBitWidth(), 8);
}

namespace {
/// One operand's wish to see a factor cut.
struct Vote {
  unsigned factor;
  DimSharding cut;
  int64_t weight;
  /// Gives way to any other for the same axis.
  bool isWeak;
};
} // namespace

namespace {
/// What operands, and the wishes for operands and results, ask of an op.
class Ballot {
public:
  explicit Ballot(const ShardingRule &rule) : rule(rule) {}

  void add(Value value, const TensorFactors &dims, ShardingAttr sharding,
           bool isWeak = false);
  /// The votes, the most important first.
  SmallVector<Vote> count();

private:
  const ShardingRule &rule;
  SmallVector<Vote> votes;
};
} // namespace

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

/// The winners of `votes` that one placement can hold together.
static FactorPlacement elect(ArrayRef<Vote> votes, const ShardingRule &rule,
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

/// A partial sum over micro-batches is finished once a step, at the update. A
/// value that leaves its stage is resharded before, else by its user.
static Attribute getReshardPhase(Operation *producer, Operation *user,
                                 ShardingAttr from, ShardingAttr to) {
  bool accumulates = llvm::is_contained(from.getPartialAxes(), kTimeAxis) &&
                     !llvm::is_contained(to.getPartialAxes(), kTimeAxis);
  if (accumulates)
    return PhaseAttr::get(user->getContext(), Phase::Update);
  // A result that the update needs too (the count, a gradient) is reduced once;
  // one that is cut by micro-batches exists for each of them.
  bool isOnePerStep = !to.usesAxis(kTimeAxis);
  if (user->hasTrait<OpTrait::ReturnLike>() && producer && from.isPartial() &&
      isOnePerStep && llvm::any_of(*user->getBlock(), [&](Operation &op) {
        return isUpdate(&op);
      }))
    return PhaseAttr::get(user->getContext(), Phase::Update);
  bool leaves = producer && producer->hasAttr(tags::kStage) &&
                producer->getAttr(tags::kStage) != user->getAttr(tags::kStage);
  if (leaves || user->hasTrait<OpTrait::ReturnLike>())
    return producer ? producer->getAttr(tags::kPhase) : nullptr;
  return user->getAttr(tags::kPhase);
}

static void tagReshard(ReshardOp reshard, Operation *producer, Operation *user,
                       Attribute phase) {
  if (phase)
    reshard->setAttr(tags::kPhase, phase);
  // Variables and constants have no stage of their own.
  Operation *model =
      producer && producer->hasAttr(tags::kStage) ? producer : user;
  for (StringRef name : {tags::kOrigin, tags::kStage})
    if (Attribute attr = model->getAttr(name))
      reshard->setAttr(name, attr);
  reshard->setAttr(tags::kSharding,
                   ArrayAttr::get(user->getContext(), {reshard.getTo()}));
}

/// A gradient as parts that are still sums over micro-batches, behind the op
/// that computes it; null where there is nothing to do before the update.
Value ShardingPropagation::reduceInBackward(Value value, ShardingAttr need) {
  ShardingAttr have = values.at(value);
  Operation *producer = value.getDefiningOp();
  if (!seeds.reducesEachMicroBatch || !wishes.contains(value) || !producer ||
      isUpdate(producer) || need.isPartial())
    return nullptr;
  SmallVector<StringAttr> overTime(have.getPartialAxes());
  llvm::erase_if(overTime, [](StringAttr axis) { return axis != kTimeAxis; });
  ShardingAttr parts = addPartial(need, overTime);
  if (parts == have)
    return nullptr;
  Attribute phase = producer->getAttr(tags::kPhase);
  Value &reshard = made[{value, parts, phase}];
  if (!reshard) {
    OpBuilder builder(func.getContext());
    builder.setInsertionPointAfter(producer);
    auto created = ReshardOp::create(builder, value.getLoc(), value.getType(),
                                     value, have, parts);
    tagReshard(created, producer, producer, phase);
    reshard = created;
    values[reshard] = parts;
  }
  return reshard;
}

void ShardingPropagation::apply() {
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
    if (!shardings.contains(&op))
      continue; // A reshard made on the way.
    const OpSharding &sharding = shardings.at(&op);
    if (sharding.isOncePerStep)
      op.setAttr(tags::kPhase, PhaseAttr::get(op.getContext(), Phase::Update));
    for (auto [use, need] : llvm::zip(op.getOpOperands(), sharding.operands)) {
      Value value = use.get();
      ShardingAttr have = values.at(value);
      if (have == need)
        continue;
      if (Value parts = reduceInBackward(value, need)) {
        value = parts;
        have = values.at(parts);
      }
      if (have != need) {
        Operation *producer = value.getDefiningOp();
        Attribute phase = getReshardPhase(producer, &op, have, need);
        Value &reshard = made[{value, need, phase}];
        if (!reshard) {
          OpBuilder builder(&op);
          auto created = ReshardOp::create(builder, op.getLoc(),
                                           value.getType(), value, have, need);
          tagReshard(created, producer, &op, phase);
          reshard = created;
        }
        value = reshard;
      }
      use.set(value);
    }
    if (!sharding.results.empty())
      op.setAttr(tags::kSharding,
                 ArrayAttr::get(op.getContext(), SmallVector<Attribute>(
                                                     sharding.results.begin(),
                                                     sharding.results.end())));
  }
  for (auto [index, argument] : llvm::enumerate(func.getArguments()))
    func.setArgAttr(index, tags::kSharding, values.at(argument));
}

ShardingAttr mpc::getShardingOf(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto func = cast<func::FuncOp>(argument.getOwner()->getParentOp());
    return func.getArgAttrOfType<ShardingAttr>(argument.getArgNumber(),
                                               tags::kSharding);
  }
  auto list = value.getDefiningOp()->getAttrOfType<ArrayAttr>(tags::kSharding);
  return list
             ? cast<ShardingAttr>(list[cast<OpResult>(value).getResultNumber()])
             : nullptr;
}

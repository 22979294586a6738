//===- InsertReshards.cpp - writes a propagation into the IR --------------===//

#include "mpc/IR/Tags.h"
#include "mpc/Sharding/Propagation.h"

using namespace mlir;
using namespace mpc;

static bool isUpdate(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase && phase.getValue() == Phase::Update;
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
  ShardingAttr parts = ShardingAttr::get(func.getContext(), need.getDims(),
                                         overTime, ReductionKind::Sum);
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

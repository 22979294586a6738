//===- Localize.cpp - mpc-localize ----------------------------------------===//
//
// From bodies with global shapes to one local body for each class of devices
// and micro-batches with equal local shapes. Generic over the sharding rules:
// a local op is its global op with local operand and result types.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/IRMapping.h"
#include "mpc/IR/ReshardSteps.h"
#include "mpc/IR/Tags.h"
#include "mpc/Sharding/Propagation.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Partition.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_LOCALIZE
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// `sharding` of one micro-batch: sums over time are the schedule's business.
static ShardingAttr withoutTime(ShardingAttr sharding) {
  SmallVector<StringAttr> partial(sharding.getPartialAxes());
  llvm::erase_if(partial, [](StringAttr axis) { return axis == kTimeAxis; });
  return ShardingAttr::get(sharding.getContext(), sharding.getDims(), partial,
                           sharding.getPartialKind());
}

namespace {
/// Builds one local body.
class BodyLocalizer {
public:
  BodyLocalizer(func::FuncOp global, MeshAttr mesh, BodyInstance instance)
      : global(global), mesh(mesh), micro(instance.micro),
        coordinates(getCoordinates(mesh, instance.device, instance.micro)) {}

  /// Instances with equal keys share a local body.
  std::string getKey();
  FailureOr<func::FuncOp> build(StringRef name);

private:
  RankedTensorType getType(Value value) {
    return getLocalType(cast<RankedTensorType>(value.getType()),
                        getShardingOf(value), mesh, coordinates);
  }
  /// Later micro-batches add to what the first one left.
  bool addsUp() { return micro > 0; }

  LogicalResult localize(OpBuilder &builder, Operation *op);
  LogicalResult localizeReshard(OpBuilder &builder, ReshardOp op);
  Value emitStep(OpBuilder &builder, Location loc, Value value,
                 ShardingAttr before, const ReshardStep &step, Type type);
  void setOffset(PositionalOpInterface globalOp, Operation *local);
  void localizeReturn(OpBuilder &builder, func::FuncOp local);

  func::FuncOp global;
  MeshAttr mesh;
  int64_t micro;
  Coordinates coordinates;
  IRMapping mapping;
  llvm::DenseMap<std::tuple<Value, Attribute, Attribute>, Value> resharded;
};
} // namespace

static bool hasSums(func::FuncOp global) {
  for (unsigned i = 0; i < global.getNumResults(); ++i)
    if (global.getResultAttr(i, tags::kAccumulate))
      return true;
  return false;
}

std::string BodyLocalizer::getKey() {
  std::string key;
  llvm::raw_string_ostream os(key);
  auto add = [&](Value value) {
    for (int64_t size : getType(value).getShape())
      os << size << "x";
    os << ",";
  };
  llvm::for_each(global.getArguments(), add);
  for (Operation &op : global.getBody().front())
    llvm::for_each(op.getResults(), add);
  if (hasSums(global))
    os << (addsUp() ? "rest" : "first");
  return key;
}

/// The cut of the factor whose position the op computes with.
static DimSharding getPositionalCut(PositionalOpInterface op) {
  ShardingRule rule = cast<ShardingRuleOpInterface>(*op).getShardingRule();
  unsigned factor = op.getPositionalFactor();
  auto find = [&](ArrayRef<TensorFactors> tensors, ValueRange values) {
    for (auto [dims, value] : llvm::zip(tensors, values))
      for (auto [factors, dim] :
           llvm::zip(dims, getShardingOf(value).getDims()))
        if (llvm::is_contained(factors, factor))
          return dim;
    return DimSharding{};
  };
  DimSharding cut = find(rule.operands, op->getOperands());
  return cut.isSharded() ? cut : find(rule.results, op->getResults());
}

void BodyLocalizer::setOffset(PositionalOpInterface globalOp,
                              Operation *local) {
  DimSharding cut = getPositionalCut(globalOp);
  if (cut.isSharded())
    cast<PositionalOpInterface>(local).setShardOffset(
        OffsetAttr::get(local->getContext(), cut));
}

Value BodyLocalizer::emitStep(OpBuilder &builder, Location loc, Value value,
                              ShardingAttr before, const ReshardStep &step,
                              Type type) {
  SmallVector<Attribute> names(step.axes.begin(), step.axes.end());
  ArrayAttr axes = builder.getArrayAttr(names);
  const DimSharding &old =
      before.getDims().empty() ? DimSharding{} : before.getDims()[step.dim];
  const DimSharding &cut = step.result.getDims().empty()
                               ? DimSharding{}
                               : step.result.getDims()[step.dim];
  switch (step.kind) {
  case ReshardStep::Slice:
    return ShardSliceOp::create(
        builder, loc, type, value, step.dim,
        OffsetAttr::get(builder.getContext(), DimSharding{axes, cut.block}));
  case ReshardStep::AllReduce:
    return AllReduceOp::create(builder, loc, type, value,
                               before.getPartialKind(), axes);
  case ReshardStep::ReduceScatter:
    return ReduceScatterOp::create(builder, loc, type, value,
                                   before.getPartialKind(), step.dim, cut.block,
                                   axes);
  case ReshardStep::AllGather:
    return AllGatherOp::create(builder, loc, type, value, step.dim, old.block,
                               axes);
  case ReshardStep::AllToAll:
    return AllToAllOp::create(builder, loc, type, value, step.dim, old.block,
                              step.toDim,
                              step.result.getDims()[step.toDim].block, axes);
  }
  llvm_unreachable("all kinds are handled");
}

LogicalResult BodyLocalizer::localizeReshard(OpBuilder &builder, ReshardOp op) {
  ShardingAttr sharding = withoutTime(op.getFrom());
  Value value = mapping.lookup(op.getInput());
  // Reshards of different phases may meet in one body.
  Value &known = resharded[{value, op.getFrom(), op.getTo()}];
  if (known) {
    mapping.map(op.getResult(), known);
    return success();
  }
  auto type = cast<RankedTensorType>(op.getType());
  for (const ReshardStep &step :
       getReshardSteps(sharding, withoutTime(op.getTo()), mesh)) {
    if (step.kind != ReshardStep::Slice &&
        llvm::is_contained(step.axes, kTimeAxis))
      return op.emitOpError("needs values of other micro-batches");
    value = emitStep(builder, op.getLoc(), value, sharding, step,
                     getLocalType(type, step.result, mesh, coordinates));
    sharding = step.result;
  }
  known = value;
  mapping.map(op.getResult(), value);
  return success();
}

LogicalResult BodyLocalizer::localize(OpBuilder &builder, Operation *op) {
  if (auto reshard = dyn_cast<ReshardOp>(op))
    return localizeReshard(builder, reshard);
  Operation *local = op->clone(mapping);
  builder.insert(local);
  for (StringRef tag : {tags::kSharding, tags::kOrigin, tags::kPhase})
    local->removeAttr(tag); // said by the body, or by the types
  for (auto [result, globalResult] :
       llvm::zip(local->getResults(), op->getResults())) {
    result.setType(getType(globalResult));
    mapping.map(globalResult, result);
  }
  if (auto positional = dyn_cast<PositionalOpInterface>(op))
    setOffset(positional, local);
  return success();
}

/// Copies attributes of arguments or results, less the sharding where only the
/// global program needs it.
static void copyResultAttrs(func::FuncOp from, unsigned index,
                            func::FuncOp to) {
  if (DictionaryAttr attrs = from.getResultAttrDict(index))
    to.setResultAttrs(index, attrs);
}

/// Adds what a micro-batch contributes to the sum so far. A contraction that
/// nobody else uses adds in place: a GEMM library can.
static Value addToSum(OpBuilder &builder, Value sum, Value value,
                      Attribute name) {
  Operation *producer = value.getDefiningOp();
  if (producer && isa<ContractionOpInterface>(producer) && value.use_empty()) {
    producer->setAttr(tags::kAccumulate, name);
    return value;
  }
  return AddOp::create(builder, value.getLoc(), value.getType(), sum, value);
}

void BodyLocalizer::localizeReturn(OpBuilder &builder, func::FuncOp local) {
  SmallVector<Value> returned;
  Block &block = local.getBody().front();
  for (auto [index, value] : llvm::enumerate(
           global.getBody().front().getTerminator()->getOperands())) {
    Value result = mapping.lookup(value);
    if (global.getResultAttr(index, tags::kAccumulate) && addsUp()) {
      Value sum = block.addArgument(result.getType(), value.getLoc());
      result = addToSum(builder, sum, result,
                        global.getResultAttr(index, tags::kValue));
    }
    returned.push_back(result);
  }
  func::ReturnOp::create(builder, global.getLoc(), returned);
}

FailureOr<func::FuncOp> BodyLocalizer::build(StringRef name) {
  OpBuilder builder(global);
  auto local = func::FuncOp::create(builder, global.getLoc(), name,
                                    builder.getFunctionType({}, {}));
  local.setPrivate();
  for (NamedAttribute attr : global->getDiscardableAttrs())
    local->setDiscardableAttr(attr.getName(), attr.getValue());
  local->setAttr(tags::kLocal, builder.getUnitAttr());
  Block *block = builder.createBlock(&local.getBody());
  for (BlockArgument argument : global.getArguments())
    mapping.map(argument,
                block->addArgument(getType(argument), argument.getLoc()));
  builder.setInsertionPointToEnd(block);
  for (Operation &op : global.getBody().front().without_terminator())
    if (failed(localize(builder, &op)))
      return failure();
  localizeReturn(builder, local);

  local.setFunctionType(builder.getFunctionType(
      block->getArgumentTypes(), block->getTerminator()->getOperandTypes()));
  for (unsigned i = 0; i < global.getNumArguments(); ++i)
    local.setArgAttrs(i, global.getArgAttrDict(i));
  unsigned sum = global.getNumArguments();
  for (unsigned i = 0; i < global.getNumResults(); ++i) {
    copyResultAttrs(global, i, local);
    if (!global.getResultAttr(i, tags::kAccumulate) || !addsUp())
      continue;
    local.setArgAttr(sum, tags::kValue, global.getResultAttr(i, tags::kValue));
    local.setArgAttr(sum++, tags::kAccumulate, builder.getUnitAttr());
  }
  return local;
}

/// Every device and micro-batch that runs a body.
static SmallVector<BodyInstance> enumerateInstances(func::FuncOp body,
                                                    ProgramOp program) {
  SmallVector<BodyInstance> instances;
  int64_t runs =
      schedule::isPerMicro(getBodyKind(body)) ? program.getMicroBatches() : 1;
  int64_t group =
      getGroupOfStage(body->getParentOfType<ModuleOp>(), getBodyStage(body));
  for (int64_t device : getGroupDevices(program.getMesh(), group))
    for (int64_t micro = 0; micro < runs; ++micro)
      instances.push_back({device, micro});
  return instances;
}

/// Whether every part of every value has the same shape.
static bool isEven(func::FuncOp global, MeshAttr mesh) {
  auto isEvenly = [&](Value value) {
    ArrayRef<int64_t> shape =
        cast<RankedTensorType>(value.getType()).getShape();
    return llvm::all_of(llvm::zip(shape, getShardingOf(value).getDims()),
                        [&](const auto &entry) {
                          const auto &[size, cut] = entry;
                          return !cut.isSharded() ||
                                 cut.block * getNumParts(cut.getAxes(), mesh) ==
                                     size;
                        });
  };
  return llvm::all_of(global.getArguments(), isEvenly) &&
         llvm::all_of(global.getBody().front(), [&](Operation &op) {
           return llvm::all_of(op.getResults(), isEvenly);
         });
}

static LogicalResult localizeProgram(ProgramOp program, ModuleOp module) {
  SmallVector<Attribute> locals;
  for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>()) {
    auto global = module.lookupSymbol<func::FuncOp>(symbol.getValue());
    llvm::MapVector<std::string, SmallVector<BodyInstance>,
                    std::map<std::string, unsigned>>
        classes;
    // Thousands of devices with equal shapes need no look at each.
    bool even = isEven(global, program.getMesh()), sums = hasSums(global);
    for (const BodyInstance &instance : enumerateInstances(global, program)) {
      std::string key =
          even ? (sums && instance.micro > 0 ? "rest" : "first")
               : BodyLocalizer(global, program.getMesh(), instance).getKey();
      classes[key].push_back(instance);
    }
    for (auto [index, entry] : llvm::enumerate(classes)) {
      std::string name = (global.getSymName() + ".c" + Twine(index)).str();
      FailureOr<func::FuncOp> local =
          BodyLocalizer(global, program.getMesh(), entry.second.front())
              .build(name);
      if (failed(local))
        return failure();
      setInstances(*local, entry.second);
      locals.push_back(FlatSymbolRefAttr::get(local->getSymNameAttr()));
    }
    global.erase();
  }
  program.setBodiesAttr(ArrayAttr::get(program.getContext(), locals));
  return success();
}

LogicalResult mpc::localize(ModuleOp module) {
  for (auto program : module.getOps<ProgramOp>())
    if (failed(localizeProgram(program, module)))
      return failure();
  return success();
}

namespace {
struct Localize : mpc::impl::LocalizeBase<Localize> {
  void runOnOperation() override {
    if (failed(localize(getOperation())))
      signalPassFailure();
  }
};
} // namespace

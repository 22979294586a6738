//===- FormStages.cpp - mpc-form-stages -----------------------------------===//
//
// A placed function becomes an `mpc.program` and one function a body. A body is
// what one stage does in one action: prepare, forward, backward (or each of its
// halves), or one level of the update.
//
//===----------------------------------------------------------------------===//

#include "StageBodies.h"
#include "mlir/IR/IRMapping.h"
#include "mpc/IR/Tags.h"
#include "mpc/Schedule/Actions.h"
#include "mpc/Sharding/Propagation.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Partition.h"
#include "mpc/Transforms/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mpc {
#define GEN_PASS_DEF_FORMSTAGES
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

namespace {
struct Body {
  SmallVector<Operation *> ops;
  /// Values of other bodies, arguments and variables of other stages.
  llvm::SetVector<Value> inputs;
  llvm::SetVector<Value> outputs;
  /// Repeated values whose inputs are known.
  llvm::DenseSet<Value> resolved;
};

/// Forms the bodies of one function.
class StageFormer {
public:
  explicit StageFormer(func::FuncOp func)
      : func(func), module(func->getParentOfType<ModuleOp>()),
        microBatches(
            module->getAttrOfType<IntegerAttr>(tags::kMicroBatches).getInt()),
        assignment(func, module->hasAttr(tags::kSplitBackward)) {}

  LogicalResult run();

private:
  void ownResults();
  bool isSentBy(Operation *op, Operation *user) const;
  void separateSums();
  void completeStages();
  void collectValues();
  LogicalResult checkTime();
  func::FuncOp outline(const BodyKey &key, Body &body);
  void createProgram(ArrayRef<Attribute> bodies);

  int64_t getOwner(ReadOp read) {
    auto variable = module.lookupSymbol<VariableOp>(read.getVariable());
    auto stage = variable->getAttrOfType<IntegerAttr>(tags::kStage);
    return stage ? stage.getInt() : 0;
  }
  /// What a body needs and does not compute: repeated ops are resolved to the
  /// inputs behind them.
  void addInput(const BodyKey &key, Body &body, Value value);
  StringAttr getValueName(Value value);

  func::FuncOp func;
  ModuleOp module;
  int64_t microBatches;
  BodyAssignment assignment;
  std::map<BodyKey, Body> bodies;
  llvm::DenseMap<Value, StringAttr> names;
};
} // namespace

/// Every stage takes part in every pass over the stages, with nothing to do if
/// need be (a first stage of frozen layers has no backward).
void StageFormer::completeStages() {
  auto has = [&](ActionKind kind) {
    return llvm::any_of(
        bodies, [&](const auto &entry) { return entry.first.kind == kind; });
  };
  SmallVector<ActionKind> passes = {ActionKind::Forward};
  if (has(ActionKind::Backward))
    passes.push_back(ActionKind::Backward);
  if (has(ActionKind::InputGrad) || has(ActionKind::WeightGrad))
    passes.append({ActionKind::InputGrad, ActionKind::WeightGrad});
  for (int64_t stage = 0; stage < getNumStages(module); ++stage)
    for (ActionKind pass : passes)
      bodies[{pass, stage, 0}];
}

void StageFormer::addInput(const BodyKey &key, Body &body, Value value) {
  Operation *producer = value.getDefiningOp();
  if (!producer) {
    body.inputs.insert(value);
    return;
  }
  if (auto read = dyn_cast<ReadOp>(producer)) {
    // A tied weight: its owner hands the value out once a step to those whose
    // devices do not have it.
    if (getGroupOfStage(module, getOwner(read)) !=
        getGroupOfStage(module, key.stage)) {
      body.inputs.insert(value);
      bodies[{ActionKind::Prepare, getOwner(read), 0}].outputs.insert(value);
    }
    return;
  }
  if (assignment.isRepeated(producer)) {
    if (body.resolved.insert(value).second)
      for (Value operand : producer->getOperands())
        addInput(key, body, operand);
    return;
  }
  BodyKey from = *assignment.getKey(producer);
  if (from == key)
    return;
  body.inputs.insert(value);
  bodies[from].outputs.insert(value);
}

void StageFormer::collectValues() {
  SmallVector<BodyKey> order;
  for (auto &[key, body] : bodies)
    order.push_back(key);
  for (const BodyKey &key : order) {
    Body &body = bodies[key];
    for (Operation *op : body.ops)
      for (Value operand : op->getOperands())
        addInput(key, body, operand);
  }
  for (Value output : func.getBody().front().getTerminator()->getOperands())
    if (std::optional<BodyKey> from = assignment.getKey(output))
      bodies[*from].outputs.insert(output);
}

StringAttr StageFormer::getValueName(Value value) {
  StringAttr &name = names[value];
  if (!name) {
    Operation *op = value.getDefiningOp();
    std::string text = "v" + std::to_string(names.size() - 1) + ".";
    if (auto read = dyn_cast<ReadOp>(op))
      text += read.getVariable();
    else
      text += op->getName().stripDialect();
    name = StringAttr::get(func.getContext(), text);
  }
  return name;
}

static bool isPartialOverTime(Value value) {
  return llvm::is_contained(getShardingOf(value).getPartialAxes(), kTimeAxis);
}

/// Whether the reader wants all micro-batches: the update, and the caller.
static bool readsSum(Operation *reader) {
  auto phase = reader->getAttrOfType<PhaseAttr>(tags::kPhase);
  return reader->hasTrait<OpTrait::IsTerminator>() ||
         (phase && phase.getValue() == Phase::Update);
}

/// Whether micro-batches add up where the value leaves its body.
static bool isSum(Value value) {
  return isPartialOverTime(value) && llvm::any_of(value.getUsers(), readsSum);
}

/// Whether `user`, or what reads it where it is repeated, is in another body of
/// the micro-batches than `op`.
bool StageFormer::isSentBy(Operation *op, Operation *user) const {
  if (assignment.isRepeated(user))
    return llvm::any_of(user->getUsers(), [&](Operation *reader) {
      return isSentBy(op, reader);
    });
  std::optional<BodyKey> key = assignment.getKey(user);
  return key && key->kind != ActionKind::Update && key != assignment.getKey(op);
}

/// What one micro-batch adds to a sum may be read by another body as well: the
/// gradient of a negated variable, by the stage that negates. It is a value of
/// its own then, which is sent and not added up.
void StageFormer::separateSums() {
  for (Operation &op : llvm::make_early_inc_range(func.getBody().front())) {
    if (op.getNumResults() != 1 || !isSum(op.getResult(0)) ||
        !assignment.getKey(&op))
      continue;
    auto isSent = [&](OpOperand &use) {
      return !readsSum(use.getOwner()) && isSentBy(&op, use.getOwner());
    };
    if (llvm::none_of(op.getUses(), isSent))
      continue;
    Operation *own = OpBuilder(&op).clone(op);
    assignment.addCopy(own, &op);
    op.getResult(0).replaceUsesWithIf(own->getResult(0), isSent);
  }
}

/// What crosses from the micro-batches to the update must be a sum over them,
/// or the same for all.
LogicalResult StageFormer::checkTime() {
  for (auto &[key, body] : bodies) {
    if (key.kind != ActionKind::Update)
      continue;
    for (Value input : body.inputs) {
      std::optional<BodyKey> from = assignment.getKey(input);
      if (!from || from->kind == ActionKind::Update)
        continue;
      ShardingAttr sharding = getShardingOf(input);
      if (isPartialOverTime(input) &&
          sharding.getPartialKind() != ReductionKind::Sum)
        return input.getDefiningOp()->emitOpError("takes a ")
               << stringifyReductionKind(sharding.getPartialKind())
               << " over micro-batches; only sums are accumulated";
      if (!isPartialOverTime(input) && sharding.usesAxis(kTimeAxis))
        return input.getDefiningOp()->emitOpError(
            "is cut by micro-batches and needed whole at the update");
    }
  }
  return success();
}

static void setOutputs(func::FuncOp body, unsigned result,
                       ArrayRef<int64_t> outputs) {
  if (!outputs.empty())
    body.setResultAttr(result, tags::kOutputs,
                       Builder(body.getContext()).getI64ArrayAttr(outputs));
}

func::FuncOp StageFormer::outline(const BodyKey &key, Body &body) {
  MLIRContext *context = func.getContext();
  OpBuilder builder(context);
  builder.setInsertionPointToEnd(module.getBody());
  SmallVector<Type> results;
  for (Value output : body.outputs)
    results.push_back(output.getType());
  SmallVector<Type> arguments;
  for (Value input : body.inputs)
    arguments.push_back(input.getType());
  auto outlined = func::FuncOp::create(
      builder, func.getLoc(), (func.getSymName() + "." + key.getName()).str(),
      builder.getFunctionType(arguments, results));
  outlined.setPrivate();
  outlined->setAttr(tags::kBody,
                    builder.getStringAttr(schedule::kindName(key.kind)));
  outlined->setAttr(tags::kStage, builder.getI64IntegerAttr(key.stage));
  outlined->setAttr(tags::kPart, builder.getI64IntegerAttr(key.part));

  Block *block = outlined.addEntryBlock();
  builder.setInsertionPointToStart(block);
  IRMapping mapping;
  for (auto [index, input] : llvm::enumerate(body.inputs)) {
    mapping.map(input, block->getArgument(index));
    outlined.setArgAttr(index, tags::kSharding, getShardingOf(input));
    if (auto argument = dyn_cast<BlockArgument>(input))
      outlined.setArgAttr(index, tags::kInput,
                          builder.getI64IntegerAttr(argument.getArgNumber()));
    else
      outlined.setArgAttr(index, tags::kValue, getValueName(input));
  }
  std::function<void(Value)> require = [&](Value value) {
    if (mapping.contains(value))
      return;
    Operation *producer = value.getDefiningOp();
    for (Value operand : producer->getOperands())
      require(operand);
    builder.clone(*producer, mapping);
  };
  for (Operation *op : body.ops) {
    for (Value operand : op->getOperands())
      require(operand);
    Operation *clone = builder.clone(*op, mapping);
    clone->removeAttr(tags::kStage);
  }
  SmallVector<Value> returned;
  Operation *terminator = func.getBody().front().getTerminator();
  for (auto [index, output] : llvm::enumerate(body.outputs)) {
    require(output);
    returned.push_back(mapping.lookup(output));
    outlined.setResultAttr(index, tags::kValue, getValueName(output));
    outlined.setResultAttr(index, tags::kSharding, getShardingOf(output));
    if (isSum(output))
      outlined.setResultAttr(index, tags::kAccumulate, builder.getUnitAttr());
    SmallVector<int64_t> programOutputs;
    for (OpOperand &use : terminator->getOpOperands())
      if (use.get() == output)
        programOutputs.push_back(use.getOperandNumber());
    setOutputs(outlined, index, programOutputs);
  }
  func::ReturnOp::create(builder, func.getLoc(), returned);
  return outlined;
}

void StageFormer::createProgram(ArrayRef<Attribute> outlined) {
  MLIRContext *context = func.getContext();
  SmallVector<Attribute> inputNames, inputTypes, outputNames, outputTypes;
  for (auto [index, type] : llvm::enumerate(func.getArgumentTypes())) {
    inputNames.push_back(StringAttr::get(context, getInputName(func, index)));
    inputTypes.push_back(TypeAttr::get(type));
  }
  for (auto [index, type] : llvm::enumerate(func.getResultTypes())) {
    Attribute name = func.getResultAttr(index, tags::kName);
    if (auto gradient =
            func.getResultAttrOfType<StringAttr>(index, tags::kGradient))
      name = StringAttr::get(context, "gradient." + gradient.getValue());
    if (!name)
      name = StringAttr::get(context, "output" + Twine(index));
    outputNames.push_back(name);
    outputTypes.push_back(TypeAttr::get(type));
  }
  OpBuilder builder(func);
  auto array = [&](ArrayRef<Attribute> list) {
    return builder.getArrayAttr(list);
  };
  ProgramOp::create(builder, func.getLoc(), func.getSymNameAttr(),
                    module->getAttrOfType<MeshAttr>(tags::kMesh),
                    builder.getI64IntegerAttr(microBatches),
                    module->getAttrOfType<StringAttr>(tags::kSchedule),
                    array(inputNames), array(inputTypes), array(outputNames),
                    array(outputTypes), array(outlined), nullptr, nullptr);
}

/// A result that every body would repeat (the count of a batch of one, which is
/// a constant) is computed by an op of the first stage, once a step.
void StageFormer::ownResults() {
  Operation *terminator = func.getBody().front().getTerminator();
  Builder builder(func.getContext());
  bool isTraining = !func.getOps<AssignOp>().empty();
  for (OpOperand &result : terminator->getOpOperands()) {
    Operation *producer = result.get().getDefiningOp();
    if (!assignment.isRepeated(producer))
      continue;
    Operation *own = producer->clone();
    own->setAttr(tags::kStage, builder.getI64IntegerAttr(0));
    own->setAttr(tags::kPhase,
                 PhaseAttr::get(func.getContext(),
                                isTraining ? Phase::Update : Phase::Forward));
    terminator->getBlock()->getOperations().insert(terminator->getIterator(),
                                                   own);
    result.set(own->getResult(0));
  }
}

LogicalResult StageFormer::run() {
  for (OpOperand &use : func.getBody().front().getTerminator()->getOpOperands())
    if (isa<BlockArgument>(use.get()) || isa<ReadOp>(use.get().getDefiningOp()))
      return func.emitError("result ")
             << use.getOperandNumber()
             << " is an argument or a variable as it is";
  assignment.findRepeated();
  ownResults();
  if (failed(assignment.run()))
    return failure();
  separateSums();
  for (Operation &op : func.getBody().front().without_terminator())
    if (std::optional<BodyKey> key = assignment.getKey(&op))
      bodies[*key].ops.push_back(&op);
  completeStages();
  collectValues();
  if (failed(checkTime()))
    return failure();
  SmallVector<Attribute> outlined;
  for (auto &[key, body] : bodies)
    outlined.push_back(
        FlatSymbolRefAttr::get(outline(key, body).getSymNameAttr()));
  createProgram(outlined);
  func.erase();
  return success();
}

LogicalResult mpc::formStages(ModuleOp module) {
  if (!module->hasAttr(tags::kMesh))
    return module.emitError("has no mesh; run mpc-apply-plan first");
  SmallVector<func::FuncOp> funcs(module.getOps<func::FuncOp>());
  for (func::FuncOp func : funcs)
    if (!func.isPrivate() && failed(StageFormer(func).run()))
      return failure();
  return success();
}

namespace {
struct FormStages : mpc::impl::FormStagesBase<FormStages> {
  void runOnOperation() override {
    if (failed(formStages(getOperation())))
      signalPassFailure();
  }
};
} // namespace

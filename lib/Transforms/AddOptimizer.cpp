//===- AddOptimizer.cpp - mpc-add-optimizer -------------------------------===//

#include "OptimizerRules.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/TrainingFunction.h"

namespace mpc {
#define GEN_PASS_DEF_ADDOPTIMIZER
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

namespace {
struct Gradient {
  VariableOp variable;
  Value sum;
  /// Of the forward op that reads the variable first.
  int64_t origin;
};

/// Adds the update to one training function.
class OptimizerBuilder {
public:
  OptimizerBuilder(func::FuncOp func, OptimizerRule &rule,
                   const AddOptimizerOptions &options)
      : func(func), rule(rule), options(options),
        builder(func.getBody().front().getTerminator(), &tagger) {
    tagger.phase = Phase::Update;
  }

  LogicalResult run();

private:
  LogicalResult collect();
  FailureOr<Value> getStep();
  Value buildScale();
  Value buildClippedScale(TensorBuilder &t, Value scale);
  LogicalResult update(const Gradient &gradient, Value scale);
  /// A variable after `last` in f32, of `variable`'s shape and placement.
  FailureOr<VariableOp> createState(VariableOp variable, StringRef suffix,
                                    Attribute init, Operation *last);
  /// What is updated: the variable, or its f32 master where it is narrower.
  FailureOr<VariableOp> getMaster(VariableOp variable);

  func::FuncOp func;
  OptimizerRule &rule;
  const AddOptimizerOptions &options;
  Tagger tagger;
  OpBuilder builder;
  Value count;
  SmallVector<Gradient> gradients;
  SmallVector<NamedResult> keptResults;
};
} // namespace

static int64_t getOriginOfFirstRead(func::FuncOp func, VariableOp variable) {
  for (auto read : func.getOps<ReadOp>())
    if (read.getVariable() == variable.getSymName())
      return getOrigin(read);
  return 0;
}

static RankedTensorType widen(RankedTensorType type) {
  return isNarrowFloat(type.getElementType())
             ? type.clone(Float32Type::get(type.getContext()))
             : type;
}

LogicalResult OptimizerBuilder::collect() {
  for (const NamedResult &result : getResults(func)) {
    auto text = [&](StringRef attribute) {
      auto attr = result.attributes
                      ? result.attributes.getAs<StringAttr>(attribute)
                      : StringAttr();
      return attr ? attr.getValue() : StringRef();
    };
    StringRef name = text(tags::kGradient);
    if (text(tags::kName) == "count")
      count = result.value;
    if (name.empty() || options.keepGradients)
      keptResults.push_back(result);
    if (name.empty())
      continue;
    auto variable = SymbolTable::lookupNearestSymbolFrom<VariableOp>(
        func, builder.getStringAttr(name));
    if (!variable)
      return func.emitError("has a gradient of '")
             << name << "', which is no variable";
    if (widen(variable.getTensorType()) != widen(getTensorType(result.value)))
      return variable.emitError("has type ")
             << variable.getTensorType() << ", its gradient "
             << result.value.getType();
    gradients.push_back(
        {variable, result.value, getOriginOfFirstRead(func, variable)});
  }
  if (gradients.empty() || !count)
    return func.emitError("has no gradients and count; run mpc-autodiff first");
  return success();
}

FailureOr<Value> OptimizerBuilder::getStep() {
  Type type = RankedTensorType::get({}, builder.getI64Type());
  std::optional<unsigned> index = findArgument(func, "step");
  if (!index)
    return Value(addArgument(func, type, "step"));
  if (func.getArgumentTypes()[*index] != type)
    return func.emitError("input 'step' has type ")
           << func.getArgumentTypes()[*index] << ", expected " << type;
  return Value(func.getArgument(*index));
}

/// PyTorch's clip_grad_norm_, of the averaged gradients.
Value OptimizerBuilder::buildClippedScale(TensorBuilder &t, Value scale) {
  int64_t commonOrigin = tagger.origin;
  Value total;
  for (const Gradient &gradient : gradients) {
    tagger.origin = gradient.origin;
    Value square = t.sumAll(t.square(t.widen(gradient.sum)));
    square = t.cast(square, getElementTypeOrSelf(scale));
    tagger.origin = commonOrigin;
    total = total ? t.add(total, square) : square;
  }
  Value norm = t.mul(t.sqrt(total), scale);
  constexpr double guard = 1e-6;
  Value coefficient = t.minimum(t.div(options.clip, t.add(norm, guard)), 1);
  return t.mul(scale, coefficient);
}

/// What all gradients are multiplied with: 1 / count, and the clipping.
Value OptimizerBuilder::buildScale() {
  TensorBuilder t(builder, func.getLoc());
  Value scale = t.div(1, t.maximum(count, 1));
  return options.clip == 0 ? scale : buildClippedScale(t, scale);
}

FailureOr<VariableOp> OptimizerBuilder::createState(VariableOp variable,
                                                    StringRef suffix,
                                                    Attribute init,
                                                    Operation *last) {
  std::string name = (variable.getSymName() + "." + suffix).str();
  if (Operation *taken = SymbolTable::lookupNearestSymbolFrom(
          func, builder.getStringAttr(name)))
    return taken->emitError("the name '")
           << name << "' is needed for the optimizer's state";
  OpBuilder module(variable->getContext());
  module.setInsertionPointAfter(last);
  return VariableOp::create(
      module, variable.getLoc(), module.getStringAttr(name),
      TypeAttr::get(widen(variable.getTensorType())),
      VariableRoleAttr::get(module.getContext(), VariableRole::Optimizer), init,
      /*frozen=*/nullptr, variable.getViewAttr(), variable.getShardingAttr());
}

FailureOr<VariableOp> OptimizerBuilder::getMaster(VariableOp variable) {
  if (!isNarrowFloat(variable.getTensorType().getElementType()))
    return variable;
  auto same = SameInitAttr::get(
      variable.getContext(), FlatSymbolRefAttr::get(variable.getSymNameAttr()));
  return createState(variable, "master", same, variable);
}

LogicalResult OptimizerBuilder::update(const Gradient &gradient, Value scale) {
  VariableOp variable = gradient.variable;
  tagger.origin = gradient.origin;
  TensorBuilder t(builder, variable.getLoc());
  auto read = [&](VariableOp from) -> Value {
    return t.create<ReadOp>(from.getTensorType(), from.getSymName());
  };
  FailureOr<VariableOp> master = getMaster(variable);
  if (failed(master))
    return failure();
  SmallVector<VariableOp, 2> stateVariables;
  Operation *last = *master;
  auto zero =
      ConstantInitAttr::get(variable.getContext(), builder.getF64FloatAttr(0));
  SmallVector<Value, 2> state;
  for (StringRef suffix : rule.getStateNames()) {
    FailureOr<VariableOp> created = createState(variable, suffix, zero, last);
    if (failed(created))
      return failure();
    last = *created;
    stateVariables.push_back(*created);
    state.push_back(read(*created));
  }
  Value value = read(*master), sum = t.widen(gradient.sum);
  Value mean = t.mul(sum, t.cast(scale, getElementTypeOrSelf(sum)));
  // As in files: a view splits one dimension into several.
  bool decays = options.decayAll || variable.getFileShape().size() >= 2;
  Value next = rule.update(t, value, mean, state, decays);
  if (*master != variable)
    t.create<AssignOp>(master->getSymName(), next);
  Type element = variable.getTensorType().getElementType();
  t.create<AssignOp>(variable.getSymName(), t.cast(next, element));
  for (auto [stateVariable, newState] : llvm::zip_equal(stateVariables, state))
    t.create<AssignOp>(stateVariable.getSymName(), newState);
  return success();
}

LogicalResult OptimizerBuilder::run() {
  if (failed(collect()))
    return failure();
  if (findArgument(func, "lr"))
    return func.emitError(
        "has an input named 'lr', the name of the learning rate's input");
  if (Operation *loss = count.getDefiningOp())
    tagger.origin = getOrigin(loss);
  Value lr =
      addArgument(func, RankedTensorType::get({}, builder.getF32Type()), "lr");
  FailureOr<Value> step = getStep();
  if (failed(step))
    return failure();
  Value scale = buildScale();
  TensorBuilder t(builder, func.getLoc());
  rule.prepare(t, lr, *step);
  for (const Gradient &gradient : gradients)
    if (failed(update(gradient, scale)))
      return failure();
  setResults(func, keptResults);
  return success();
}

namespace {
struct AddOptimizer : mpc::impl::AddOptimizerBase<AddOptimizer> {
  using AddOptimizerBase::AddOptimizerBase;
  void runOnOperation() override {
    AddOptimizerOptions options{kind,  momentum,     nesterov,    beta1,
                                beta2, epsilon,      weightDecay, decayAll,
                                clip,  keepGradients};
    llvm::Expected<std::unique_ptr<OptimizerRule>> rule =
        createOptimizerRule(options);
    if (!rule) {
      getOperation().emitError() << llvm::toString(rule.takeError());
      return signalPassFailure();
    }
    auto func = getOperation().lookupSymbol<func::FuncOp>("train_step");
    if (!func) {
      getOperation().emitError(
          "module has no function 'train_step'; run mpc-autodiff first");
      return signalPassFailure();
    }
    if (failed(OptimizerBuilder(func, **rule, options).run()))
      signalPassFailure();
  }
};
} // namespace

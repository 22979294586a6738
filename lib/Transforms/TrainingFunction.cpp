//===- TrainingFunction.cpp - a model with its loss -----------------------===//

#include "mpc/Transforms/TrainingFunction.h"
#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Tags
//===----------------------------------------------------------------------===//

static void setTags(Operation *op, Phase phase, int64_t origin) {
  Builder builder(op->getContext());
  op->setAttr(tags::kPhase, PhaseAttr::get(op->getContext(), phase));
  op->setAttr(tags::kOrigin, builder.getI64IntegerAttr(origin));
}

void Tagger::notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) {
  setTags(op, phase, origin);
}

int64_t mpc::getOrigin(Operation *op) {
  auto origin = op->getAttrOfType<IntegerAttr>(tags::kOrigin);
  return origin ? origin.getInt() : 0;
}

static bool isSource(Operation *op) {
  return isa<ReadOp>(op) || op->hasTrait<OpTrait::ConstantLike>();
}

static Operation *getFirstUser(Operation *op) {
  Operation *first = nullptr;
  for (Operation *user : op->getUsers())
    if (!first || user->isBeforeInBlock(first))
      first = user;
  return first;
}

void mpc::tagForwardOps(func::FuncOp func) {
  Block &block = func.getBody().front();
  int64_t next = 0;
  for (Operation &op : block.without_terminator()) {
    if (isSource(&op))
      continue;
    if (op.hasAttr(tags::kOrigin))
      next = std::max(next, getOrigin(&op));
    setTags(&op, Phase::Forward,
            op.hasAttr(tags::kOrigin) ? getOrigin(&op) : next);
    ++next;
  }
  for (Operation &op : block.without_terminator())
    if (isSource(&op)) {
      Operation *user = getFirstUser(&op);
      setTags(&op, Phase::Forward, user ? getOrigin(user) : 0);
    }
}

//===----------------------------------------------------------------------===//
// Results and arguments
//===----------------------------------------------------------------------===//

SmallVector<NamedResult> mpc::getResults(func::FuncOp func) {
  SmallVector<NamedResult> results;
  for (OpOperand &use : func.getBody().front().getTerminator()->getOpOperands())
    results.push_back(
        {use.get(), func.getResultAttrDict(use.getOperandNumber())});
  return results;
}

void mpc::setResults(func::FuncOp func, ArrayRef<NamedResult> results) {
  SmallVector<Value> values;
  SmallVector<DictionaryAttr> attributes;
  for (const NamedResult &result : results) {
    values.push_back(result.value);
    attributes.push_back(result.attributes);
  }
  func.getBody().front().getTerminator()->setOperands(values);
  func.setFunctionType(FunctionType::get(func.getContext(),
                                         func.getArgumentTypes(),
                                         ValueRange(values).getTypes()));
  func.setAllResultAttrs(attributes);
}

NamedResult mpc::nameResult(Value value, StringRef attribute, StringRef name) {
  Builder builder(value.getContext());
  NamedAttribute entry =
      builder.getNamedAttr(attribute, builder.getStringAttr(name));
  return {value, builder.getDictionaryAttr(entry)};
}

std::optional<unsigned> mpc::findArgument(func::FuncOp func, StringRef name) {
  for (unsigned index = 0; index < func.getNumArguments(); ++index)
    if (auto attr = func.getArgAttrOfType<StringAttr>(index, tags::kName);
        attr && attr.getValue() == name)
      return index;
  return std::nullopt;
}

BlockArgument mpc::addArgument(func::FuncOp func, Type type, StringRef name) {
  unsigned index = func.getNumArguments();
  Builder builder(func.getContext());
  NamedAttribute entry =
      builder.getNamedAttr(tags::kName, builder.getStringAttr(name));
  // Only fails for functions with a fixed signature, which func.func is not.
  (void)func.insertArgument(index, type, builder.getDictionaryAttr(entry),
                            func.getLoc());
  return func.getArgument(index);
}

//===----------------------------------------------------------------------===//
// Loss
//===----------------------------------------------------------------------===//

static FailureOr<func::FuncOp> cloneModel(ModuleOp module, StringRef model,
                                          StringRef name) {
  auto func = module.lookupSymbol<func::FuncOp>(model);
  if (!func || func.isExternal())
    return module.emitError("module has no function '")
           << model << "' with a body";
  if (Operation *taken = module.lookupSymbol(name))
    return taken->emitError("the name '")
           << name << "' is needed for the function made from '" << model
           << "'";
  if (func.getNumResults() == 0)
    return func.emitError("model '")
           << model << "' has no output to take a loss of";
  tagForwardOps(func);
  func::FuncOp copy = func.clone();
  copy.setName(name);
  copy.setPublic();
  module.insert(module.getBody()->end(), copy);
  return copy;
}

/// The type of the labels; null after an error.
static FailureOr<RankedTensorType> getLabelType(func::FuncOp func, Value output,
                                                LossKind kind) {
  RankedTensorType type = getTensorType(output);
  if (!isa<FloatType>(type.getElementType()))
    return emitError(output.getLoc(),
                     "the loss needs a floating-point output, found ")
           << type;
  if (kind == LossKind::SquaredError)
    return type;
  if (kind == LossKind::NextToken && type.getRank() != 3)
    return emitError(
               output.getLoc(),
               "next-token loss needs logits [batch, position, token], found ")
           << type;
  if (type.getRank() < 2)
    return emitError(output.getLoc(),
                     "cross-entropy needs logits [batch, ..., class], found ")
           << type;
  Type i64 = IntegerType::get(func.getContext(), 64);
  return RankedTensorType::get(type.getShape().drop_back(), i64);
}

/// A network that ends in softmax over its classes is trained on the logits.
static Value getLogits(Value output, LossKind kind) {
  // The softmax of a model in bf16, whose outputs are in f32.
  auto cast = output.getDefiningOp<CastOp>();
  auto softmax = (cast ? cast.getInput() : output).getDefiningOp<SoftmaxOp>();
  bool isLast = softmax && softmax.getDim() + 1 == getShape(output).size();
  return isLast && kind != LossKind::SquaredError ? softmax.getInput() : output;
}

static std::pair<Value, Value> buildLoss(OpBuilder &builder, Value output,
                                         Value label,
                                         const LossOptions &options) {
  Location loc = output.getLoc();
  Operation *loss =
      options.kind == LossKind::SquaredError
          ? SquaredErrorOp::create(builder, loc, output, label).getOperation()
          : CrossEntropyOp::create(builder, loc, output, label,
                                   static_cast<uint64_t>(options.ignoreIndex));
  return {loss->getResult(0), loss->getResult(1)};
}

FailureOr<ModelWithLoss> mpc::createModelWithLoss(ModuleOp module,
                                                  StringRef model,
                                                  StringRef name,
                                                  const LossOptions &options) {
  FailureOr<func::FuncOp> func = cloneModel(module, model, name);
  if (failed(func))
    return failure();
  if (findArgument(*func, "label"))
    return func->emitError("model '")
           << model
           << "' has an input named 'label', the name of the loss's input";
  Operation *terminator = func->getBody().front().getTerminator();
  Value output = getLogits(terminator->getOperand(0), options.kind);
  FailureOr<RankedTensorType> labelType =
      getLabelType(*func, output, options.kind);
  if (failed(labelType))
    return failure();
  Value label = addArgument(*func, *labelType, "label");
  Tagger tagger;
  for (Operation &op : func->getBody().front().without_terminator())
    tagger.origin = std::max(tagger.origin, getOrigin(&op) + 1);
  OpBuilder builder(terminator, &tagger);
  auto [sum, count] = buildLoss(builder, output, label, options);
  return ModelWithLoss{*func, sum, count};
}

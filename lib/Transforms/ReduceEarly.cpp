//===- ReduceEarly.cpp - gradients are reduced in the backward ------------===//
//
//   before                          after
//   backward: v += matmul(..)       backward:       v += matmul(..)
//                                   the last one:   v += matmul(..)
//                                                   g = reduce_scatter(v)
//   update(v):                      update(g):
//     g = reduce_scatter(v)           w -= lr * g
//     w -= lr * g
//
//===----------------------------------------------------------------------===//

#include "ReduceEarly.h"
#include "mlir/IR/IRMapping.h"
#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Bodies.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

namespace {
/// The reduction of a gradient in one class of update bodies.
struct Reduction {
  func::FuncOp update;
  unsigned argument;
  /// Null where the body does something else with the gradient.
  Operation *op;
};

struct Gradient {
  SmallVector<func::FuncOp> producers;
  SmallVector<Reduction> reductions;
  /// Read by other bodies than updates, or an output of the program.
  bool isUsedOtherwise = false;
};

class EarlyReducer {
public:
  explicit EarlyReducer(ProgramOp program) : program(program) {
    auto module = program->getParentOfType<ModuleOp>();
    for (auto symbol : program.getBodies().getAsRange<FlatSymbolRefAttr>())
      bodies.push_back(module.lookupSymbol<func::FuncOp>(symbol.getValue()));
  }

  void run();

private:
  void collect();
  void collectResults(func::FuncOp body);
  void collectArguments(func::FuncOp body);
  bool isMovable(const Gradient &gradient) const;
  void separateLast();
  void separateLast(func::FuncOp producer);
  void reduceIn(func::FuncOp last);
  void takeReduced(const Reduction &reduction);
  const Reduction *findReduction(StringAttr name, int64_t device) const;

  ProgramOp program;
  SmallVector<func::FuncOp> bodies;
  llvm::MapVector<StringAttr, Gradient> gradients;
};
} // namespace

/// What the reduced gradient is called. An all-reduced one stays in its place.
static StringAttr getReducedName(StringAttr name, Operation *reduction) {
  if (isa<AllReduceOp>(reduction))
    return name;
  return StringAttr::get(name.getContext(), name.getValue() + ".part");
}

/// The one reduction that is all that happens to an argument.
static Operation *getReduction(BlockArgument argument) {
  if (!argument.hasOneUse())
    return nullptr;
  Operation *user = *argument.user_begin();
  return isa<AllReduceOp, ReduceScatterOp>(user) ? user : nullptr;
}

void EarlyReducer::collectResults(func::FuncOp body) {
  // One micro-batch adds nothing up.
  bool isAlone = program.getMicroBatches() == 1;
  for (unsigned i = 0; i < body.getNumResults(); ++i) {
    if (!isAlone && !body.getResultAttr(i, tags::kAccumulate))
      continue;
    auto name = body.getResultAttrOfType<StringAttr>(i, tags::kValue);
    Gradient &gradient = gradients[name];
    gradient.producers.push_back(body);
    if (body.getResultAttr(i, tags::kOutputs) ||
        !schedule::accumulatesGradients(getBodyKind(body)))
      gradient.isUsedOtherwise = true;
  }
}

void EarlyReducer::collectArguments(func::FuncOp body) {
  bool isUpdate = getBodyKind(body) == ActionKind::Update;
  for (BlockArgument argument : body.getArguments()) {
    unsigned index = argument.getArgNumber();
    auto name = body.getArgAttrOfType<StringAttr>(index, tags::kValue);
    auto it = gradients.find(name);
    if (it == gradients.end() || body.getArgAttr(index, tags::kAccumulate))
      continue;
    if (isUpdate)
      it->second.reductions.push_back({body, index, getReduction(argument)});
    else
      it->second.isUsedOtherwise = true;
  }
}

/// All its readers do one and the same reduction, on the devices where it is
/// made.
bool EarlyReducer::isMovable(const Gradient &gradient) const {
  if (gradient.isUsedOtherwise || gradient.reductions.empty())
    return false;
  Operation *first = gradient.reductions.front().op;
  func::FuncOp producer = gradient.producers.front();
  return llvm::all_of(gradient.reductions, [&](const Reduction &reduction) {
    func::FuncOp update = reduction.update;
    return reduction.op && reduction.op->getName() == first->getName() &&
           reduction.op->getAttrs() == first->getAttrs() &&
           getBodyStage(update) == getBodyStage(producer) &&
           getBodyPart(update) ==
               getBodyPart(gradient.reductions.front().update);
  });
}

void EarlyReducer::collect() {
  for (func::FuncOp body : bodies)
    collectResults(body);
  for (func::FuncOp body : bodies)
    collectArguments(body);
  gradients.remove_if(
      [&](const auto &entry) { return !isMovable(entry.second); });
}

const Reduction *EarlyReducer::findReduction(StringAttr name,
                                             int64_t device) const {
  auto it = gradients.find(name);
  if (it == gradients.end())
    return nullptr;
  for (const Reduction &reduction : it->second.reductions)
    for (const BodyInstance &instance : getInstances(reduction.update))
      if (instance.device == device)
        return &reduction;
  return nullptr;
}

/// Splits the devices that run the last micro-batch by the types of what they
/// get: the last part of a dimension may be smaller.
void EarlyReducer::separateLast(func::FuncOp producer) {
  SmallVector<BodyInstance> others;
  llvm::MapVector<ArrayAttr, SmallVector<BodyInstance>> classes;
  for (const BodyInstance &instance : getInstances(producer)) {
    if (instance.micro + 1 < static_cast<int64_t>(program.getMicroBatches())) {
      others.push_back(instance);
      continue;
    }
    SmallVector<Attribute> types;
    for (unsigned i = 0; i < producer.getNumResults(); ++i) {
      auto name = producer.getResultAttrOfType<StringAttr>(i, tags::kValue);
      if (const Reduction *reduction = findReduction(name, instance.device))
        types.push_back(TypeAttr::get(reduction->op->getResult(0).getType()));
    }
    classes[ArrayAttr::get(program.getContext(), types)].push_back(instance);
  }
  bool isFree = others.empty(); // to become the first of the classes
  if (!others.empty())
    setInstances(producer, others);
  for (auto [index, entry] : llvm::enumerate(classes)) {
    func::FuncOp last = producer;
    if (!std::exchange(isFree, false)) {
      last = producer.clone();
      last.setSymName((producer.getSymName() + ".last" + Twine(index)).str());
      producer->getBlock()->getOperations().insertAfter(producer->getIterator(),
                                                        last);
      bodies.push_back(last);
    }
    setInstances(last, entry.second);
  }
}

/// Right after the value that all the operands wait for.
static void moveUp(Operation *op) {
  Operation *latest = nullptr;
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (producer && (!latest || latest->isBeforeInBlock(producer)))
      latest = producer;
  }
  if (latest)
    op->moveAfter(latest);
  else
    op->moveBefore(op->getBlock(), op->getBlock()->begin());
}

void EarlyReducer::reduceIn(func::FuncOp last) {
  int64_t device = getInstances(last).front().device;
  Operation *terminator = last.getBody().front().getTerminator();
  for (unsigned i = 0; i < last.getNumResults(); ++i) {
    auto name = last.getResultAttrOfType<StringAttr>(i, tags::kValue);
    const Reduction *reduction = findReduction(name, device);
    if (!reduction)
      continue;
    Value sum = terminator->getOperand(i);
    if (Operation *producer = sum.getDefiningOp();
        isa_and_nonnull<AddOp>(producer))
      moveUp(producer); // to what is added up, from the end of the body
    OpBuilder builder(terminator);
    IRMapping mapping;
    mapping.map(reduction->op->getOperand(0), sum);
    Operation *early = builder.clone(*reduction->op, mapping);
    moveUp(early);
    terminator->setOperand(i, early->getResult(0));
    last.setResultAttr(i, tags::kValue, getReducedName(name, reduction->op));
  }
  last.setFunctionType(FunctionType::get(last.getContext(),
                                         last.getArgumentTypes(),
                                         TypeRange(terminator->getOperands())));
}

void EarlyReducer::takeReduced(const Reduction &reduction) {
  func::FuncOp update = reduction.update;
  BlockArgument argument = update.getArgument(reduction.argument);
  auto name =
      update.getArgAttrOfType<StringAttr>(reduction.argument, tags::kValue);
  update.setArgAttr(reduction.argument, tags::kValue,
                    getReducedName(name, reduction.op));
  argument.setType(reduction.op->getResult(0).getType());
  reduction.op->getResult(0).replaceAllUsesWith(argument);
  reduction.op->erase();
  update.setFunctionType(FunctionType::get(
      update.getContext(), update.getBody().front().getArgumentTypes(),
      update.getResultTypes()));
}

void EarlyReducer::run() {
  collect();
  if (gradients.empty())
    return;
  llvm::SmallSetVector<func::FuncOp, 8> producers;
  for (auto &[name, gradient] : gradients)
    producers.insert(gradient.producers.begin(), gradient.producers.end());
  for (func::FuncOp producer : producers)
    separateLast(producer);
  for (func::FuncOp body : bodies)
    if (schedule::accumulatesGradients(getBodyKind(body)) &&
        getInstances(body).front().micro + 1 ==
            static_cast<int64_t>(program.getMicroBatches()))
      reduceIn(body);
  for (auto &[name, gradient] : gradients)
    for (const Reduction &reduction : gradient.reductions)
      takeReduced(reduction);
  SmallVector<Attribute> symbols;
  for (func::FuncOp body : bodies)
    symbols.push_back(FlatSymbolRefAttr::get(body.getSymNameAttr()));
  program.setBodiesAttr(ArrayAttr::get(program.getContext(), symbols));
}

void mpc::reduceEarly(ProgramOp program) { EarlyReducer(program).run(); }

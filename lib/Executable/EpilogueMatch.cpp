//===- EpilogueMatch.cpp - regions as epilogues ---------------------------===//

#include "Epilogues.h"

#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;

/// The input of `region` that its argument stands for.
static Value getOutside(FusedOp region, Value argument) {
  auto block = dyn_cast<BlockArgument>(argument);
  return block ? region.getInputs()[block.getArgNumber()] : Value();
}

/// The contraction whose result, of type `type`, `region` alone reads, as
/// `argument`.
static Operation *getContraction(FusedOp region, Value argument, Type type) {
  Value outside = getOutside(region, argument);
  Operation *producer = outside ? outside.getDefiningOp() : nullptr;
  bool fits = producer && isa<ContractionOpInterface>(producer) &&
              outside.hasOneUse() && !producer->hasAttr(tags::kAccumulate) &&
              outside.getType() == type;
  return fits ? producer : nullptr;
}

/// Libraries approximate gelu by tanh.
static int32_t getActivation(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<ReluOp>(op))
    return MPCRT_RELU;
  auto gelu = dyn_cast_if_present<GeluOp>(op);
  return gelu && gelu.getForm() == GeluForm::Tanh ? MPCRT_GELU
                                                  : MPCRT_NO_ACTIVATION;
}

/// Takes a body apart from its end: yield activation(add(product, bias)), and
/// perhaps the sum.
static std::pair<Operation *, Epilogue> matchForward(FusedOp region) {
  std::pair<Operation *, Epilogue> none;
  Block &body = region.getBody().front();
  OperandRange yielded = body.getTerminator()->getOperands();
  if (yielded.empty() || yielded.size() > 2)
    return none;
  unsigned last = yielded.size() == 2 && !getActivation(yielded[0]) ? 1 : 0;
  Value value = yielded[last];
  Type type = value.getType();
  Epilogue epilogue{region, region.getResult(last), {}};
  epilogue.activation = getActivation(value);
  size_t numOps = 1;
  if (epilogue.activation) {
    value = value.getDefiningOp()->getOperand(0);
    ++numOps;
  }
  if (yielded.size() == 2) {
    if (epilogue.activation != MPCRT_GELU || yielded[1 - last] != value)
      return none;
    epilogue.aux = region.getResult(1 - last);
  }
  Operation *contraction = nullptr;
  if (auto add = value.getDefiningOp<AddOp>()) {
    ++numOps;
    contraction = getContraction(region, add.getLhs(), type);
    epilogue.bias =
        getOutside(region, contraction ? add.getRhs() : add.getLhs());
    if (!contraction)
      contraction = getContraction(region, add.getRhs(), type);
    if (!epilogue.bias)
      return none;
  } else if (epilogue.activation) {
    contraction = getContraction(region, value, type);
  }
  if (!contraction || numOps != body.getOperations().size())
    return none;
  return {contraction, epilogue};
}

//===----------------------------------------------------------------------===//
// The gradient of gelu
//===----------------------------------------------------------------------===//

/// What `value` was converted from, which is noted in `ops`.
static Value skipCast(Value value, SmallVectorImpl<Operation *> &ops) {
  auto cast = value.getDefiningOp<CastOp>();
  if (!cast)
    return value;
  ops.push_back(cast);
  return cast.getInput();
}

std::optional<GeluGradient> mpc::matchGeluGradient(FusedOp region,
                                                   GeluGradOp op) {
  GeluGradient found;
  Value argument = skipCast(op.getInput(), found.ops);
  Value product = skipCast(op.getGradient(), found.ops);
  found.ops.push_back(op);
  found.result = op.getResult();
  Type type = product.getType();
  // Computed in f32, stored in what the product is in.
  if (op.getType() != type && op->hasOneUse()) {
    auto narrow = dyn_cast<CastOp>(*op->user_begin());
    if (narrow && narrow.getType() == type) {
      found.ops.push_back(narrow);
      found.result = narrow.getResult();
    }
  }
  found.contraction = getContraction(region, product, type);
  found.argument = getOutside(region, argument);
  bool isOnly = llvm::all_of(product.getUsers(), [&](Operation *user) {
    return llvm::is_contained(found.ops, user);
  });
  bool fits = op.getForm() == GeluForm::Tanh && found.contraction &&
              found.argument && isOnly && argument != product &&
              argument.getType() == type && found.result.getType() == type;
  return fits ? std::optional(found) : std::nullopt;
}

/// Whether the op sums `value` over its outer dimensions.
static bool isColumnSum(ReduceOp op, Value value) {
  if (!op || op.getKind() != ReductionKind::Sum || op.getInput() != value)
    return false;
  return llvm::equal(op.getDims(), llvm::seq<int64_t>(0, op.getDims().size()));
}

/// yield gelu_grad(x, product), and perhaps sums of its columns.
static std::pair<Operation *, Epilogue> matchGradient(FusedOp region) {
  std::pair<Operation *, Epilogue> none;
  Block &body = region.getBody().front();
  auto gradients = body.getOps<GeluGradOp>();
  OperandRange yielded = body.getTerminator()->getOperands();
  if (gradients.empty() || yielded.empty() || yielded.size() > 2)
    return none;
  std::optional<GeluGradient> gradient =
      matchGeluGradient(region, *gradients.begin());
  if (!gradient)
    return none;
  unsigned main = yielded[0] == gradient->result ? 0 : 1;
  if (main >= yielded.size() || yielded[main] != gradient->result)
    return none;
  Epilogue epilogue{region,
                    region.getResult(main),
                    {},
                    MPCRT_GELU_GRADIENT,
                    gradient->argument};
  size_t numOps = gradient->ops.size() + 1;
  if (yielded.size() == 2) {
    if (!isColumnSum(yielded[1 - main].getDefiningOp<ReduceOp>(),
                     gradient->result))
      return none;
    epilogue.biasGradient = region.getResult(1 - main);
    ++numOps;
  }
  if (numOps != body.getOperations().size())
    return none;
  return {gradient->contraction, epilogue};
}

std::pair<Operation *, Epilogue> mpc::matchEpilogue(FusedOp region) {
  std::pair<Operation *, Epilogue> found = matchForward(region);
  return found.first ? found : matchGradient(region);
}

//===- SplitEpilogues.cpp - a product's own part of a region --------------===//
//
// The gradient of gelu and what is made of it are one region. A library that
// computes the gradient with the product writes less than the two together:
//
//   product | gelu_grad, sum of columns        4 matrices written and read
//   product with gelu_grad | sum of columns    3
//
//===----------------------------------------------------------------------===//

#include "Epilogues.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mpc/Fusion/FusedSpace.h"

using namespace mlir;
using namespace mpc;

namespace {
/// Inner values of a region that are there already, as values outside.
using Given = llvm::DenseMap<Value, Value>;
} // namespace

/// The ops that compute `values` from what is given, in their order, and the
/// given values that they read.
static SmallVector<Operation *> getNeeded(ValueRange values, const Given &given,
                                          llvm::SetVector<Value> &leaves) {
  SmallVector<Operation *> needed;
  llvm::SmallDenseSet<Operation *> seen;
  SmallVector<Value> work(values.begin(), values.end());
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (given.contains(value)) {
      leaves.insert(value);
      continue;
    }
    Operation *op = value.getDefiningOp();
    if (!seen.insert(op).second)
      continue;
    needed.push_back(op);
    llvm::append_range(work, op->getOperands());
  }
  llvm::sort(needed,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return needed;
}

/// A region before `from` that yields these values of its body.
static FusedOp extract(FusedOp from, ArrayRef<Value> yielded,
                       const Given &given) {
  llvm::SetVector<Value> leaves;
  SmallVector<Operation *> ops = getNeeded(yielded, given, leaves);
  SmallVector<Value> inputs;
  for (Value leaf : leaves)
    inputs.push_back(given.lookup(leaf));
  OpBuilder builder(from);
  auto region = FusedOp::create(builder, from.getLoc(),
                                TypeRange(ValueRange(yielded)), inputs);
  region->setDiscardableAttrs(from->getDiscardableAttrDictionary());
  Block *body = builder.createBlock(&region.getBody());
  IRMapping mapping;
  for (Value leaf : leaves)
    mapping.map(leaf, body->addArgument(leaf.getType(), leaf.getLoc()));
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  SmallVector<Value> results;
  for (Value value : yielded)
    results.push_back(mapping.lookup(value));
  YieldOp::create(builder, from.getLoc(), results);
  return region;
}

/// Whether a kernel can compute the region.
static bool isRegion(FusedOp region) {
  SmallVector<Operation *> ops;
  for (Operation &op : region.getBody().front().without_terminator())
    ops.push_back(&op);
  RuleCache rules;
  FailureOr<FusedSpace> space = FusedSpace::get(ops, rules);
  return succeeded(space) &&
         llvm::all_of(region.getBody().front().getTerminator()->getOperands(),
                      [&](Value value) {
                        return value.getDefiningOp() && space->canYield(value);
                      });
}

/// Replaces `region` by two: the gradient, and all else.
static void split(FusedOp region, const GeluGradient &gradient) {
  Given given;
  for (auto [argument, input] : llvm::zip_equal(
           region.getBody().front().getArguments(), region.getInputs()))
    given[argument] = input;
  FusedOp first = extract(region, {gradient.result}, given);
  given[gradient.result] = first.getResult(0);
  SmallVector<Value> yielded, replaced;
  for (auto [value, result] :
       llvm::zip_equal(region.getBody().front().getTerminator()->getOperands(),
                       region.getResults()))
    if (value != gradient.result) {
      yielded.push_back(value);
      replaced.push_back(result);
    }
  FusedOp rest = extract(region, yielded, given);
  if (!isRegion(first) || !isRegion(rest)) {
    rest.erase();
    first.erase();
    return;
  }
  for (auto [old, result] : llvm::zip_equal(replaced, rest.getResults()))
    old.replaceAllUsesWith(result);
  region.replaceAllUsesWith(
      SmallVector<Value>(region.getNumResults(), first.getResult(0)));
  region.erase();
}

namespace {
struct SplitEpilogues
    : PassWrapper<SplitEpilogues, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SplitEpilogues)
  explicit SplitEpilogues(const MatmulLibrary &library) : library(library) {}
  StringRef getArgument() const override { return "mpc-split-epilogues"; }

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    Block &block = function.getBody().front();
    BodyViews views(block, library);
    for (auto region : llvm::make_early_inc_range(block.getOps<FusedOp>()))
      visit(region, views);
  }

private:
  void visit(FusedOp region, const BodyViews &views) {
    auto [whole, epilogue] = matchEpilogue(region);
    if (whole && isWorthIt(whole, epilogue, views, library))
      return;
    for (auto op : region.getBody().front().getOps<GeluGradOp>()) {
      std::optional<GeluGradient> gradient = matchGeluGradient(region, op);
      if (!gradient)
        continue;
      Epilogue part{region,
                    gradient->result,
                    {},
                    MPCRT_GELU_GRADIENT,
                    gradient->argument};
      if (isWorthIt(gradient->contraction, part, views, library))
        return split(region, *gradient);
    }
  }

  const MatmulLibrary &library;
};
} // namespace

std::unique_ptr<Pass> mpc::createSplitEpilogues(const MatmulLibrary &library) {
  return std::make_unique<SplitEpilogues>(library);
}

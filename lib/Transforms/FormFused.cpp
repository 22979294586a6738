//===- FormFused.cpp - groups ops into regions ----------------------------===//

#include "mlir/IR/IRMapping.h"
#include "mpc/Fusion/Clusters.h"
#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"
#include "mpc/Transforms/Bodies.h"
#include "mpc/Transforms/Passes.h"
#include <set>

namespace mpc {
#define GEN_PASS_DEF_FORMFUSED
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

//===----------------------------------------------------------------------===//
// Large reductions
//===----------------------------------------------------------------------===//

/// A reduction of at least this many elements is not left to one thread ...
static constexpr int64_t kLargeReduction = 1 << 15;
/// ... if it can be cut in at least this many partial ones.
static constexpr int64_t kMinParts = 64, kMaxParts = 4096;

/// The dimensions that a first reduction keeps: leading ones of the reduced.
static SmallVector<int64_t> getKeptDims(ReduceOp op) {
  SmallVector<int64_t> kept;
  int64_t parts = getTensorType(op.getResult()).getNumElements();
  for (int64_t dim : op.getDims().drop_back()) {
    if (parts >= kMinParts)
      break;
    parts *= getShape(op.getInput())[dim];
    kept.push_back(dim);
  }
  return parts >= kMinParts ? kept : SmallVector<int64_t>();
}

/// [1000000] as [1000, 1000], to reduce it twice; null where no cut is good.
static Value cutLine(TensorBuilder &t, Value line) {
  int64_t size = getTensorType(line).getNumElements();
  for (int64_t parts = kMaxParts; parts >= kMinParts; --parts)
    if (size % parts == 0)
      return t.reshape(line, {parts, size / parts});
  return {};
}

static void splitReduction(ReduceOp op) {
  int64_t results = getTensorType(op.getResult()).getNumElements();
  if (getTensorType(op.getInput()).getNumElements() < kLargeReduction ||
      results >= kMinParts)
    return;
  OpBuilder builder(op);
  TensorBuilder t(builder, op.getLoc());
  SmallVector<int64_t> kept = getKeptDims(op);
  Value total;
  if (!kept.empty()) {
    SmallVector<int64_t> first(
        llvm::make_filter_range(op.getDims(), [&](int64_t dim) {
          return !llvm::is_contained(kept, dim);
        }));
    Value parts = ReduceOp::create(builder, op.getLoc(), op.getKind(),
                                   op.getInput(), first);
    total = ReduceOp::create(builder, op.getLoc(), op.getKind(), parts, kept);
  } else if (results == 1) {
    Value cut = cutLine(t, op.getInput());
    if (!cut)
      return;
    Value parts = ReduceOp::create(builder, op.getLoc(), op.getKind(), cut,
                                   ArrayRef<int64_t>{1});
    total = ReduceOp::create(builder, op.getLoc(), op.getKind(), parts,
                             ArrayRef<int64_t>{0});
    total = t.reshape(total, getShape(op.getResult()));
  }
  if (!total)
    return;
  for (Operation *created = op->getPrevNode(); created;
       created = created->getPrevNode()) {
    if (!created->getDiscardableAttrs().empty() ||
        created == op.getInput().getDefiningOp())
      break;
    created->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  }
  op.replaceAllUsesWith(total);
  op.erase();
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

static SmallVector<Value> getInputs(ArrayRef<Operation *> ops) {
  llvm::DenseSet<Operation *> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs;
  for (Operation *op : ops)
    for (Value operand : op->getOperands())
      if (!inside.contains(operand.getDefiningOp()) && !isa<GlobalIndexOp>(op))
        inputs.insert(operand);
  return inputs.takeVector();
}

/// Copies `op` into a region, without the tags that speak of the program.
static void cloneInto(OpBuilder &builder, Operation *op, IRMapping &mapping) {
  // A coordinate needs the shape of its operand only: no reason to read it.
  if (auto index = dyn_cast<GlobalIndexOp>(op);
      index && !mapping.contains(index.getInput())) {
    TensorBuilder t(builder, op->getLoc());
    mapping.map(index.getInput(),
                t.constant(getTensorType(index.getInput()), 0));
  }
  Operation *copy = builder.clone(*op, mapping);
  copy->setDiscardableAttrs(DictionaryAttr::get(op->getContext()));
}

static void setTags(Operation *fused, Operation *source) {
  for (StringRef tag : {tags::kPhase, tags::kOrigin, tags::kStage})
    if (Attribute value = source->getDiscardableAttr(tag))
      fused->setDiscardableAttr(tag, value);
}

static FusedOp createFused(OpBuilder &builder, ArrayRef<Operation *> ops,
                           ArrayRef<Value> outputs) {
  SmallVector<Value> inputs = getInputs(ops);
  SmallVector<Location> locations;
  for (Operation *op : ops)
    locations.push_back(op->getLoc());
  Location loc = FusedLoc::get(builder.getContext(), locations);
  auto fused =
      FusedOp::create(builder, loc, TypeRange(ValueRange(outputs)), inputs);
  setTags(fused, ops.back());
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&fused.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Operation *op : ops)
    cloneInto(builder, op, mapping);
  SmallVector<Value> yielded;
  for (Value output : outputs)
    yielded.push_back(mapping.lookup(output));
  YieldOp::create(builder, loc, yielded);
  return fused;
}

/// A splat that a library call or the caller reads has to be in memory.
static void materialize(ConstantOp constant,
                        function_ref<bool(OpOperand &)> isOutside) {
  if (llvm::none_of(constant->getUses(), isOutside))
    return;
  OpBuilder builder(constant);
  builder.setInsertionPointAfter(constant);
  Type element = constant.getValue().getType();
  auto scalar = ConstantOp::create(builder, constant.getLoc(),
                                   RankedTensorType::get({}, element),
                                   constant.getValue());
  auto all = BroadcastOp::create(builder, constant.getLoc(), constant.getType(),
                                 scalar);
  setTags(all, constant);
  FusedOp fused = createFused(builder, {scalar, all}, {all.getResult()});
  constant->replaceUsesWithIf(ValueRange(fused.getResult(0)), isOutside);
  all.erase();
  scalar.erase();
}

static void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (getFusionRole(&op) != FusionRole::Outside && op.use_empty())
      op.erase();
}

/// Tables and sliced tensors are read by address.
static bool readsByAddress(OpOperand &use) {
  Operation *reader = use.getOwner();
  return isa<SliceOp, ScatterAddOp>(reader) ||
         (isa<EmbeddingOp>(reader) && use.getOperandNumber() == 0);
}

/// Sorts by uses, collectives in their order: always the first op, by its place
/// now, whose operands are there. So nothing is later than it has to be.
static void sortBlock(Block &block) {
  llvm::DenseMap<Operation *, unsigned> place, waitsFor;
  llvm::DenseMap<Operation *, Operation *> nextCollective;
  SmallVector<Operation *> ops;
  Operation *lastCollective = nullptr;
  for (Operation &op : block.without_terminator()) {
    place[&op] = ops.size();
    ops.push_back(&op);
    for (Value operand : op.getOperands())
      waitsFor[&op] += operand.getParentBlock() == &block &&
                       operand.getDefiningOp() != nullptr;
    if (!communicates(&op))
      continue;
    if (lastCollective) {
      nextCollective[lastCollective] = &op;
      ++waitsFor[&op];
    }
    lastCollective = &op;
  }
  std::set<unsigned> ready;
  auto countDown = [&](Operation *op) {
    if (--waitsFor[op] == 0)
      ready.insert(place[op]);
  };
  for (Operation *op : ops)
    if (waitsFor[op] == 0)
      ready.insert(place[op]);
  [[maybe_unused]] size_t sorted = 0;
  for (; !ready.empty(); ++sorted) {
    Operation *op = ops[*ready.begin()];
    ready.erase(ready.begin());
    op->moveBefore(block.getTerminator());
    for (OpOperand &use : op->getUses())
      if (use.getOwner() != block.getTerminator())
        countDown(use.getOwner());
    if (Operation *next = nextCollective.lookup(op))
      countDown(next);
  }
  assert(sorted == ops.size() && "regions form a cycle");
}

static void formRegions(Block &block, bool mergePhases) {
  for (ConstantOp constant :
       llvm::make_early_inc_range(block.getOps<ConstantOp>()))
    materialize(constant, readsByAddress);
  Clusters clusters(block, mergePhases);
  clusters.merge();
  OpBuilder builder(block.getParentOp()->getContext());
  SmallVector<std::pair<Clusters::Region, FusedOp>> formed;
  for (Clusters::Region &region : clusters.getRegions()) {
    if (region.outputs.empty())
      continue;
    builder.setInsertionPointAfter(region.ops.back());
    FusedOp fused = createFused(builder, region.ops, region.outputs);
    formed.emplace_back(std::move(region), fused);
  }
  for (auto &[region, fused] : formed)
    for (auto [output, result] :
         llvm::zip_equal(region.outputs, fused.getResults()))
      output.replaceAllUsesWith(result);
  sortBlock(block);
  eraseUnused(block);
  for (ConstantOp constant :
       llvm::make_early_inc_range(block.getOps<ConstantOp>()))
    materialize(constant, [](OpOperand &use) {
      return !isa<GlobalIndexOp>(use.getOwner());
    });
  eraseUnused(block);
}

namespace {
struct FormFused : mpc::impl::FormFusedBase<FormFused> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    for (ReduceOp op : llvm::make_early_inc_range(function.getOps<ReduceOp>()))
      splitReduction(op);
    bool isUpdate = function->hasAttr(tags::kBody) &&
                    getBodyKind(function) == schedule::ActionKind::Update;
    for (Block &block : function.getBody())
      formRegions(block, isUpdate);
  }
};
} // namespace

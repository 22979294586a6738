//===- ExpandContractions.cpp - contractions that no GEMM computes --------===//
//
// A contraction whose inner factors do not form one stride, or whose element
// type the library lacks (f64, f16), is a product of views summed by a kernel:
// slower, and right, with sums in f32 of what is narrower. lhs and rhs become
// [results' factors..., inner factors...] with size 1 where they lack a factor.
//
//===----------------------------------------------------------------------===//

#include "mpc/Executable/LaunchBody.h"
#include "mpc/IR/Tags.h"
#include "mpc/IR/TensorBuilder.h"

using namespace mlir;
using namespace mpc;

/// The factors of a tensor's dimensions; contractions have one each, or none.
static SmallVector<int> getFactors(const TensorFactors &dims) {
  SmallVector<int> factors;
  for (const DimFactors &dim : dims)
    factors.push_back(dim.empty() ? -1 : static_cast<int>(dim.front()));
  return factors;
}

/// `value` with its dimensions in the order of `space`, and 1 for the others.
static Value spread(OpBuilder &builder, Location loc, Value value,
                    const TensorFactors &dims, ArrayRef<int> space,
                    const ShardingRule &rule) {
  SmallVector<int> have = getFactors(dims);
  SmallVector<int64_t> permutation, shape;
  for (int factor : space) {
    auto *it = llvm::find(have, factor);
    if (it != have.end())
      permutation.push_back(it - have.begin());
    shape.push_back(it != have.end() ? rule.factors[factor].size : 1);
  }
  for (auto [dim, factor] : llvm::enumerate(have))
    if (factor < 0)
      permutation.push_back(dim); // of size 1
  auto type = cast<RankedTensorType>(value.getType());
  Value ordered = TransposeOp::create(builder, loc, value, permutation);
  return ReshapeOp::create(builder, loc,
                           RankedTensorType::get(shape, type.getElementType()),
                           ordered);
}

static Value expand(OpBuilder &builder, Operation *op) {
  Location loc = op->getLoc();
  ShardingRule rule = cast<ShardingRuleOpInterface>(op).getShardingRule();
  SmallVector<int> space;
  for (int factor : getFactors(rule.results[0]))
    if (factor >= 0)
      space.push_back(factor);
  SmallVector<int64_t> inner;
  for (auto [index, factor] : llvm::enumerate(rule.factors))
    if (factor.kind == FactorKind::Reduction) {
      inner.push_back(space.size());
      space.push_back(index);
    }
  Value lhs =
      spread(builder, loc, op->getOperand(0), rule.operands[0], space, rule);
  Value rhs =
      spread(builder, loc, op->getOperand(1), rule.operands[1], space, rule);
  TensorBuilder t(builder, loc);
  Value sum = t.sum(t.mul(t.widen(lhs), t.widen(rhs)), inner);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return ReshapeOp::create(builder, loc, type,
                           t.cast(sum, type.getElementType()));
}

/// The argument that holds the sum of this name so far.
static Value findSum(func::FuncOp func, Attribute name) {
  for (BlockArgument argument : func.getArguments())
    if (func.getArgAttr(argument.getArgNumber(), tags::kAccumulate) &&
        func.getArgAttr(argument.getArgNumber(), tags::kValue) == name)
      return argument;
  return nullptr;
}

void mpc::expandContractions(func::FuncOp func, const MatmulLibrary &library) {
  SmallVector<Operation *> contractions;
  func.walk([&](ContractionOpInterface op) {
    if (!getMatmulDesc(op, ContractionStrides(op), library))
      contractions.push_back(op);
  });
  for (Operation *op : contractions) {
    OpBuilder builder(op);
    Value result = expand(builder, op);
    if (Attribute name = op->getAttr(tags::kAccumulate))
      if (Value sum = findSum(func, name))
        result = AddOp::create(builder, op->getLoc(), sum, result);
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }
}

//===- ShardingRules.cpp - every op's rule, by family ---------------------===//

#include "mpc/IR/MPC.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mpc;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

//===----------------------------------------------------------------------===//
// Pointwise
//===----------------------------------------------------------------------===//

#define MPC_BROADCAST_RULE(OP, LINEAR)                                         \
  ShardingRule OP::getShardingRule() { return getBroadcastRule(*this, LINEAR); }

MPC_BROADCAST_RULE(NegOp, true)
MPC_BROADCAST_RULE(ExpOp, false)
MPC_BROADCAST_RULE(LogOp, false)
MPC_BROADCAST_RULE(SqrtOp, false)
MPC_BROADCAST_RULE(RsqrtOp, false)
MPC_BROADCAST_RULE(TanhOp, false)
MPC_BROADCAST_RULE(ErfOp, false)
MPC_BROADCAST_RULE(AbsOp, false)
MPC_BROADCAST_RULE(SigmoidOp, false)
MPC_BROADCAST_RULE(SiluOp, false)
MPC_BROADCAST_RULE(ReluOp, false)
MPC_BROADCAST_RULE(SoftplusOp, false)
MPC_BROADCAST_RULE(GeluOp, false)
MPC_BROADCAST_RULE(GeluGradOp, false)
MPC_BROADCAST_RULE(AddOp, true)
MPC_BROADCAST_RULE(SubOp, true)
MPC_BROADCAST_RULE(MulOp, false)
MPC_BROADCAST_RULE(DivOp, false)
MPC_BROADCAST_RULE(PowOp, false)
MPC_BROADCAST_RULE(MaximumOp, false)
MPC_BROADCAST_RULE(MinimumOp, false)
MPC_BROADCAST_RULE(AndOp, false)
MPC_BROADCAST_RULE(OrOp, false)
MPC_BROADCAST_RULE(CompareOp, false)
MPC_BROADCAST_RULE(SelectOp, false)
MPC_BROADCAST_RULE(RandomBitsOp, false)
MPC_BROADCAST_RULE(CastOp, true)

#undef MPC_BROADCAST_RULE

ShardingRule BroadcastOp::getShardingRule() {
  return getBroadcastRule(*this, /*linear=*/true);
}

//===----------------------------------------------------------------------===//
// Sources and state
//===----------------------------------------------------------------------===//

ShardingRule ConstantOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims = builder.parallelDims(shapeOf(getResult()));
  return builder.result(dims).build();
}

ShardingRule GlobalIndexOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims = builder.parallelDims(shapeOf(getInput()));
  TensorFactors result(dims.size());
  result[getDim()] = dims[getDim()];
  return builder.operand(dims).result(result).build();
}

unsigned GlobalIndexOp::getPositionalFactor() {
  TensorFactors operand = getShardingRule().operands[0];
  // A dimension of size 1 has no factor, and is never sharded.
  return operand[getDim()].empty() ? ~0u : operand[getDim()].front();
}

ShardingRule ReadOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims = builder.parallelDims(shapeOf(getResult()));
  return builder.result(dims).build();
}

ShardingRule AssignOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims = builder.parallelDims(shapeOf(getValue()));
  return builder.operand(dims).build();
}

ShardingRule ReshardOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims = builder.parallelDims(shapeOf(getInput()));
  return builder.operand(dims).result(dims).build();
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

ShardingRule MatmulOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> lhs = shapeOf(getLhs()), rhs = shapeOf(getRhs());
  bool batchedRhs = rhs.size() > 2;
  TensorFactors left, right, result;
  for (int64_t size : lhs.drop_back(2)) {
    DimFactors dim =
        size == 1 ? DimFactors{} : DimFactors{builder.parallel(size)};
    left.push_back(dim);
    result.push_back(dim);
    if (batchedRhs)
      right.push_back(dim);
  }
  auto factor = [&](int64_t size, bool reduced) -> DimFactors {
    if (size == 1)
      return {};
    return {reduced ? builder.reduction(size) : builder.parallel(size)};
  };
  size_t l = lhs.size(), r = rhs.size();
  DimFactors m = factor(lhs[getTransposeLhs() ? l - 1 : l - 2], false);
  DimFactors n = factor(rhs[getTransposeRhs() ? r - 2 : r - 1], false);
  DimFactors k = factor(lhs[getTransposeLhs() ? l - 2 : l - 1], true);
  left.append({getTransposeLhs() ? k : m, getTransposeLhs() ? m : k});
  right.append({getTransposeRhs() ? n : k, getTransposeRhs() ? k : n});
  result.append({m, n});
  return builder.operand(left).operand(right).result(result).build();
}

ShardingRule EinsumOp::getShardingRule() {
  ShardingRuleBuilder builder;
  auto [inputs, output] = getSpec().split("->");
  auto [left, right] = inputs.split(",");
  llvm::SmallDenseMap<char, DimFactors> factors;
  auto tensor = [&](StringRef letters, ArrayRef<int64_t> shape) {
    TensorFactors dims;
    for (auto [letter, size] : llvm::zip(letters, shape)) {
      auto [it, isNew] = factors.try_emplace(letter);
      if (isNew && size != 1)
        it->second = {output.contains(letter) ? builder.parallel(size)
                                              : builder.reduction(size)};
      dims.push_back(it->second);
    }
    return dims;
  };
  builder.operand(tensor(left, shapeOf(getLhs())));
  builder.operand(tensor(right, shapeOf(getRhs())));
  return builder.result(tensor(output, shapeOf(getResult()))).build();
}

//===----------------------------------------------------------------------===//
// Reductions and ops that reduce inside
//===----------------------------------------------------------------------===//

ShardingRule ReduceOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors operand, result;
  for (auto [dim, size] : llvm::enumerate(shapeOf(getInput()))) {
    bool reduced = llvm::is_contained(getDims(), static_cast<int64_t>(dim));
    DimFactors factors;
    if (size != 1)
      factors = {reduced ? builder.reduction(size, getKind())
                         : builder.parallel(size)};
    operand.push_back(factors);
    result.push_back(reduced ? DimFactors{} : factors);
  }
  return builder.operand(operand)
      .result(result)
      .linear(getKind() == ReductionKind::Sum)
      .build();
}

/// The operand's dimensions with `inner` reduced inside; the result has the
/// same ones, the other operands of one dimension span the last one.
static ShardingRule getRowRule(Operation *op, int64_t inner) {
  ShardingRuleBuilder builder;
  TensorFactors dims;
  for (auto [dim, size] : llvm::enumerate(shapeOf(op->getOperand(0)))) {
    DimFactors factors;
    if (size != 1)
      factors = {static_cast<int64_t>(dim) == inner ? builder.inner(size)
                                                    : builder.parallel(size)};
    dims.push_back(factors);
  }
  builder.operand(dims);
  for (unsigned i = 1; i < op->getNumOperands(); ++i)
    builder.operand({dims.back()});
  return builder.result(dims).build();
}

ShardingRule SoftmaxOp::getShardingRule() {
  return getRowRule(*this, getDim());
}
ShardingRule LayerNormOp::getShardingRule() {
  return getRowRule(*this, shapeOf(getInput()).size() - 1);
}
ShardingRule RmsNormOp::getShardingRule() {
  return getRowRule(*this, shapeOf(getInput()).size() - 1);
}
/// The mask depends on global coordinates: sharded, it is decomposed first.
ShardingRule DropoutOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims;
  for (int64_t size : shapeOf(getInput()))
    dims.push_back(size == 1 ? DimFactors{} : DimFactors{builder.inner(size)});
  return builder.operand(dims).operand({}).result(dims).build();
}

ShardingRule AttentionOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> query = shapeOf(getQuery()), key = shapeOf(getKey());
  int64_t groups = key[2], perGroup = query[2] / groups;
  auto factor = [&](int64_t size, bool inner) -> DimFactors {
    if (size == 1)
      return {};
    return {inner ? builder.inner(size) : builder.parallel(size)};
  };
  // Causal masks need the global positions of queries and keys.
  DimFactors b = factor(query[0], false), g = factor(groups, false);
  DimFactors h = factor(perGroup, false), s = factor(query[1], getCausal());
  DimFactors t = factor(key[1], true), d = factor(query[3], true);
  DimFactors e = factor(shapeOf(getValue())[3], false);
  DimFactors heads = g;
  heads.append(h);
  builder.operand({b, s, heads, d}).operand({b, t, g, d}).operand({b, t, g, e});
  if (getMask()) {
    TensorFactors mask{b, heads, s, t};
    for (auto [dim, size] : llvm::enumerate(shapeOf(getMask())))
      if (size == 1)
        mask[dim].clear();
    builder.operand(mask);
  }
  return builder.result({b, s, heads, e}).build();
}

namespace {
/// The dimensions of attention by a library: samples and groups of heads are
/// independent, the rest is whole. Heads of a group share a key, whose gradient
/// is a sum over them.
struct FlashFactors {
  FlashFactors(ShardingRuleBuilder &builder, Value query, Value key,
               Value value);

  TensorFactors query, key, value, result, logSumExp;
};
} // namespace

FlashFactors::FlashFactors(ShardingRuleBuilder &builder, Value queryValue,
                           Value keyValue, Value valueValue) {
  ArrayRef<int64_t> q = shapeOf(queryValue), k = shapeOf(keyValue);
  auto parallel = [&](int64_t size) {
    return size == 1 ? DimFactors{} : DimFactors{builder.parallel(size)};
  };
  auto whole = [&](int64_t size) {
    return size == 1 ? DimFactors{} : DimFactors{builder.whole(size)};
  };
  DimFactors b = parallel(q[0]), g = parallel(k[2]), h = whole(q[2] / k[2]);
  DimFactors s = whole(q[1]), t = whole(k[1]), d = whole(q[3]);
  DimFactors e = whole(shapeOf(valueValue)[3]);
  DimFactors heads = g;
  heads.append(h);
  query = {b, s, heads, d};
  key = {b, t, g, d};
  value = {b, t, g, e};
  result = {b, s, heads, e};
  logSumExp = {b, heads, s};
}

ShardingRule FlashAttentionOp::getShardingRule() {
  ShardingRuleBuilder builder;
  FlashFactors factors(builder, getQuery(), getKey(), getValue());
  return builder.operand(factors.query)
      .operand(factors.key)
      .operand(factors.value)
      .result(factors.result)
      .result(factors.logSumExp)
      .build();
}

ShardingRule FlashAttentionGradOp::getShardingRule() {
  ShardingRuleBuilder builder;
  FlashFactors factors(builder, getQuery(), getKey(), getValue());
  return builder.operand(factors.result)
      .operand(factors.query)
      .operand(factors.key)
      .operand(factors.value)
      .operand(factors.result)
      .operand(factors.logSumExp)
      .result(factors.query)
      .result(factors.key)
      .result(factors.value)
      .build();
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

ShardingRule EmbeddingOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> table = shapeOf(getTable());
  DimFactors rows;
  if (table[0] != 1)
    rows = {builder.reduction(table[0])};
  TensorFactors ids = builder.parallelDims(shapeOf(getIds()));
  TensorFactors row = builder.parallelDims(table.drop_front());
  TensorFactors tableDims{rows}, result = ids;
  tableDims.append(row);
  result.append(row);
  return builder.operand(tableDims).operand(ids).result(result).build();
}
unsigned EmbeddingOp::getPositionalFactor() {
  return shapeOf(getTable())[0] == 1 ? ~0u : 0;
}

ShardingRule ScatterAddOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> table = shapeOf(getResult());
  DimFactors rows;
  if (table[0] != 1)
    rows = {builder.parallel(table[0])};
  TensorFactors ids;
  for (int64_t size : shapeOf(getIds()))
    ids.push_back(size == 1 ? DimFactors{}
                            : DimFactors{builder.reduction(size)});
  TensorFactors row = builder.parallelDims(table.drop_front());
  TensorFactors updates = ids, result{rows};
  updates.append(row);
  result.append(row);
  return builder.operand(ids).operand(updates).result(result).build();
}
unsigned ScatterAddOp::getPositionalFactor() {
  return shapeOf(getResult())[0] == 1 ? ~0u : 0;
}

//===----------------------------------------------------------------------===//
// Losses: (sum, count), partial over everything
//===----------------------------------------------------------------------===//

ShardingRule CrossEntropyOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> shape = shapeOf(getLogits());
  TensorFactors rows;
  for (int64_t size : shape.drop_back())
    rows.push_back(size == 1 ? DimFactors{}
                             : DimFactors{builder.reduction(size)});
  TensorFactors logits = rows;
  logits.push_back(shape.back() == 1 ? DimFactors{}
                                     : DimFactors{builder.inner(shape.back())});
  return builder.operand(logits).operand(rows).result({}).result({}).build();
}

ShardingRule SquaredErrorOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors dims;
  for (int64_t size : shapeOf(getPrediction()))
    dims.push_back(size == 1 ? DimFactors{}
                             : DimFactors{builder.reduction(size)});
  return builder.operand(dims).operand(dims).result({}).result({}).build();
}

//===----------------------------------------------------------------------===//
// Shape
//===----------------------------------------------------------------------===//

ShardingRule ReshapeOp::getShardingRule() {
  return getReshapeRule(shapeOf(getInput()), shapeOf(getResult()));
}

ShardingRule TransposeOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors operand = builder.parallelDims(shapeOf(getInput())), result;
  for (int64_t dim : getPermutation())
    result.push_back(operand[dim]);
  return builder.operand(operand).result(result).linear().build();
}

ShardingRule SliceOp::getShardingRule() {
  ShardingRuleBuilder builder;
  TensorFactors operand, result;
  for (auto [dim, size] : llvm::enumerate(shapeOf(getInput()))) {
    bool cut = dim == getDim();
    DimFactors factors;
    if (size != 1)
      factors = {cut ? builder.whole(size) : builder.parallel(size)};
    operand.push_back(factors);
    // The cut dimension's points are not the operand's: no common factor.
    result.push_back(cut ? DimFactors{} : factors);
    if (cut && getSize() != 1)
      result.back() = {builder.whole(getSize())};
  }
  return builder.operand(operand).result(result).linear().build();
}

ShardingRule ConcatOp::getShardingRule() {
  ShardingRuleBuilder builder;
  ArrayRef<int64_t> shape = shapeOf(getResult());
  TensorFactors common;
  for (auto [dim, size] : llvm::enumerate(shape)) {
    bool joined = dim == getDim();
    common.push_back(size == 1 ? DimFactors{}
                               : DimFactors{joined ? builder.whole(size)
                                                   : builder.parallel(size)});
  }
  for (Value input : getInputs()) {
    TensorFactors operand = common;
    int64_t size = shapeOf(input)[getDim()];
    operand[getDim()] =
        size == 1 ? DimFactors{} : DimFactors{builder.whole(size)};
    builder.operand(operand);
  }
  return builder.result(common).linear().build();
}

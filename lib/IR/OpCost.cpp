//===- OpCost.cpp - what one op computes and moves ------------------------===//

#include "mpc/IR/OpCost.h"

using namespace mlir;
using namespace mpc;

int64_t mpc::getByteSize(RankedTensorType type) {
  int64_t bits = type.getElementTypeBitWidth();
  return type.getNumElements() * ceilDiv(bits, 8);
}

OpCost mpc::getOpCost(ShardingRuleOpInterface op) {
  OpCost cost;
  cost.flops = op.getFlops();
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      cost.bytes += getByteSize(cast<RankedTensorType>(type));
  return cost;
}

double AttentionOp::getFlops() {
  ArrayRef<int64_t> query =
      cast<RankedTensorType>(getQuery().getType()).getShape();
  ArrayRef<int64_t> value =
      cast<RankedTensorType>(getValue().getType()).getShape();
  double scores = double(query[0]) * query[1] * query[2] * value[1];
  // Softmax adds a maximum, an exponential, a sum, a scale and a division.
  return scores * (2 * (query[3] + value[3]) + 5);
}

/// Of the scores, S x T for every head, the part that a causal mask leaves.
static double getScores(Value query, Value key, bool causal) {
  ArrayRef<int64_t> q = cast<RankedTensorType>(query.getType()).getShape();
  ArrayRef<int64_t> k = cast<RankedTensorType>(key.getType()).getShape();
  return double(q[0]) * q[1] * q[2] * k[1] * (causal ? 0.5 : 1);
}

static int64_t getLastSize(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape().back();
}

double FlashAttentionOp::getFlops() {
  return getScores(getQuery(), getKey(), getCausal()) *
         (2 * (getLastSize(getQuery()) + getLastSize(getValue())) + 5);
}

double FlashAttentionGradOp::getFlops() {
  // The weights are an exponential, their gradient three more operations.
  return getScores(getQuery(), getKey(), getCausal()) *
         (6 * getLastSize(getQuery()) + 4 * getLastSize(getValue()) + 5);
}

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

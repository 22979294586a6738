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
  // In double: the points of an einsum may exceed the elements of any tensor.
  cost.flops = op.getFlopsPerPoint();
  for (const Factor &factor : op.getShardingRule().factors)
    cost.flops *= factor.size;
  for (TypeRange types :
       {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
    for (Type type : types)
      cost.bytes += getByteSize(cast<RankedTensorType>(type));
  return cost;
}

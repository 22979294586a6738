//===- OpCost.h - what one op computes and moves ----------------*- C++ -*-===//
//
// The cost of an op on the shapes it has, independent of any device:
//
//   %y = mpc.matmul %x, %w : (tensor<8x16xf32>, tensor<16x4xf32>) -> ...
//   getOpCost(matmul) == {flops: 8*16*4 * 2, bytes: (8*16 + 16*4 + 8*4) * 4}
//
//===----------------------------------------------------------------------===//

#ifndef MPC_IR_OPCOST_H
#define MPC_IR_OPCOST_H

#include "mpc/IR/MPC.h"

namespace mpc {

/// The bytes of a tensor's elements; a truth value takes one.
int64_t getByteSize(mlir::RankedTensorType type);

struct OpCost {
  /// Floating-point operations: ShardingRuleOpInterface::getFlops.
  double flops = 0;
  /// Bytes of operands and results, each once.
  double bytes = 0;

  OpCost &operator+=(const OpCost &other) {
    flops += other.flops;
    bytes += other.bytes;
    return *this;
  }
};

OpCost getOpCost(ShardingRuleOpInterface op);

} // namespace mpc

#endif

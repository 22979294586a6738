//===- ComputeCost.h - seconds of straight-line code ------------*- C++ -*-===//
//
// A roofline. A contraction takes the longer of flops at the device's peak and
// bytes at its bandwidth, and the time to start it. Other ops are fused into
// kernels later. They are charged for it in advance: only values that cross
// the border of a fused region (made or used by contractions, collectives,
// reads, arguments or results) cost bytes; a launch is charged where such a
// value is made. Arithmetic outside contractions runs at a tenth of f32's peak.
//
// Sizes come through a view, so that one model prices local bodies as they
// stand and global programs under a placement that is only considered.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_COST_COMPUTECOST_H
#define MPC_COST_COMPUTECOST_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/IR/MPC.h"

namespace mpc {

/// What one device sees of a program.
struct SizeView {
  std::function<double(mlir::Operation *)> flops;
  std::function<double(mlir::Value)> bytes;

  /// The sizes in the IR.
  static SizeView asWritten();
};

/// The device's peak for a contraction, by what its operands are in: bf16's for
/// one of bf16 with an f32 result.
double getPeakFlops(mlir::Operation *op, const DeviceGroup &device);

/// Seconds of one op that computes; 0 for collectives, reads and constants.
double getOpSeconds(mlir::Operation *op, const SizeView &view,
                    const DeviceGroup &device);

/// A collective or local slice of a partitioned program.
bool isCollective(mlir::Operation *op);

} // namespace mpc

#endif

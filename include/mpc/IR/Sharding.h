//===- Sharding.h - axes and blocks of one dimension ------------*- C++ -*-===//

#ifndef MPC_IR_SHARDING_H
#define MPC_IR_SHARDING_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mpc/IR/MPCEnums.h.inc"
#include "llvm/ADT/Hashing.h"
#include <numeric>

namespace mpc {

/// The name of the time axis: its coordinate is the micro-batch.
inline constexpr llvm::StringLiteral kTimeAxis = "micro";

/// How one dimension (or factor) is cut: by `axes`, major to minor, into parts
/// of `block` elements, the last one possibly smaller. No axes: not cut, and
/// block is 0.
struct DimSharding {
  llvm::SmallVector<mlir::StringAttr, 1> getAxes() const {
    llvm::SmallVector<mlir::StringAttr, 1> result;
    if (axes)
      for (mlir::Attribute axis : axes)
        result.push_back(llvm::cast<mlir::StringAttr>(axis));
    return result;
  }
  bool isSharded() const { return axes && !axes.empty(); }
  bool operator==(const DimSharding &other) const {
    return axes == other.axes && block == other.block;
  }

  /// Null when not sharded: equal shardings compare equal.
  mlir::ArrayAttr axes = nullptr;
  int64_t block = 0;
};

inline llvm::hash_code hash_value(const DimSharding &dim) {
  return llvm::hash_combine(dim.axes, dim.block);
}

inline int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

} // namespace mpc

#endif

//===- ThreadMath.h - index arithmetic of a thread --------------*- C++ -*-===//

#ifndef MPC_CONVERSION_FUSEDTOGPU_THREADMATH_H
#define MPC_CONVERSION_FUSEDTOGPU_THREADMATH_H

#include "../FusedToVector/VectorBuilder.h"

namespace mpc {

/// Takes a number below `extent` (an index) apart into digits, the minor one
/// first. Divisions are in 32 bits where the number fits: they are several
/// times faster than those of addresses.
class Digits {
public:
  Digits(VectorBuilder &vectors, mlir::Value number, int64_t extent);
  /// The next digit in base `size`, as an index.
  mlir::Value take(int64_t size);

private:
  VectorBuilder &v;
  mlir::Value rest;
  int64_t extent;
};

} // namespace mpc

#endif

//===- DoubleMath.h - f64 functions without a library -----------*- C++ -*-===//

#ifndef MPC_LIB_CONVERSION_DOUBLEMATH_H
#define MPC_LIB_CONVERSION_DOUBLEMATH_H

#include "mlir/IR/PatternMatch.h"

namespace mpc {

/// Expands exp, log, tanh and erf of f64 (vectors or scalars), for which
/// upstream has approximations in f32 only. Errors are a few units in the last
/// place.
void populateDoubleMathPatterns(mlir::RewritePatternSet &patterns);

} // namespace mpc

#endif

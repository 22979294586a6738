//===- MatmulShape.h - Strides in the form libraries like -------*- C++ -*-===//
#ifndef MPCRT_CPU_MATMULSHAPE_H
#define MPCRT_CPU_MATMULSHAPE_H

#include "mpcrt/abi.h"
#include <vector>

namespace mpcrt {

/// One operand [batch..., rows, columns]; a broadcast batch dimension has
/// size 1.
struct MatmulOperand {
  std::vector<int64_t> dims, strides;

  bool isRowMajor() const;
  /// The same tensor without gaps, row-major.
  MatmulOperand dense() const;
};

/// A matmul with batch dimensions merged where all operands allow it. When only
/// C's rows are contiguous the product is turned round, C^T = B^T A^T: `a` then
/// is the caller's B and `b` the caller's A.
///   batch [4, 12] of dense matrices  ->  batch [48]
struct MatmulShape {
  MatmulOperand a, b, c;
  bool swapped = false;

  static MatmulShape normalize(const mpcrt_matmul_desc &desc);
  /// The same product the other way round.
  MatmulShape turned() const;
};

} // namespace mpcrt

#endif // MPCRT_CPU_MATMULSHAPE_H

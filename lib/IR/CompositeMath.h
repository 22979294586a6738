//===- CompositeMath.h - parts common to composites and gradients -*- C++
//-*-===//
//
// A composite op's decomposition and its gradient compute the same statistics
// and masks; both call these, so that the parts are equal and can be shared.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_IR_COMPOSITEMATH_H
#define MPC_LIB_IR_COMPOSITEMATH_H

#include "mpc/IR/TensorBuilder.h"

namespace mpc {

inline int64_t getLastDim(mlir::Value x) { return getShape(x).size() - 1; }

/// All dimensions but the last.
llvm::SmallVector<int64_t> getLeadingDims(mlir::Value x);

struct ShiftedExp {
  /// x - max(x); -inf where x is, even if all of a row is -inf.
  mlir::Value shifted;
  /// e^shifted, and its sum over the dimension.
  mlir::Value exp, sum;
};
ShiftedExp buildShiftedExp(TensorBuilder &t, mlir::Value x, int64_t dim);

struct NormalizedRows {
  /// (x - mean) * rstd, or x * rstd without a mean: [I..., C].
  mlir::Value normalized;
  /// 1 / sqrt(mean square + epsilon): [I..., 1].
  mlir::Value rstd;
};
NormalizedRows buildLayerNormRows(TensorBuilder &t, mlir::Value x,
                                  double epsilon);
NormalizedRows buildRmsNormRows(TensorBuilder &t, mlir::Value x,
                                double epsilon);

struct LabelMasks {
  /// Row's label is column's index: [I..., C].
  mlir::Value isLabel;
  /// Row's label is not the ignored one: [I..., 1].
  mlir::Value isCounted;
};
LabelMasks buildLabelMasks(TensorBuilder &t, CrossEntropyOp op);

/// What dropout keeps.
mlir::Value buildDropoutMask(TensorBuilder &t, DropoutOp op);

} // namespace mpc

#endif

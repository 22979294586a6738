//===- Views.h - tensors that lie in another one's buffer -------*- C++ -*-===//
//
// A slice, a transpose or a regrouping of dimensions moves no elements: a GEMM
// or an attention reads it where the tensor behind it lies, by strides, and
// writes a part of a concatenation where that will lie.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_EXECUTABLE_VIEWS_H
#define MPC_LIB_EXECUTABLE_VIEWS_H

#include "mpc/IR/MPC.h"
#include <optional>

namespace mpc {

class MatmulLibrary;

/// Elements of a tensor in the buffer of `base`; strides by dimension and the
/// offset of the first count elements.
struct StridedView {
  mlir::Value base;
  llvm::SmallVector<int64_t> strides;
  int64_t offset = 0;
};

/// `value` where it has a buffer of its own.
StridedView getDenseView(mlir::Value value);

/// The result of a view op, given its operand; none for other ops, and for a
/// reshape that joins dimensions which do not follow each other in memory.
std::optional<StridedView> applyView(mlir::Operation *op,
                                     const StridedView &operand);

/// `view`, a tensor of shape `from`, with the shape `to`; none where elements
/// would not be evenly spaced.
std::optional<StridedView> reshapeView(const StridedView &view,
                                       llvm::ArrayRef<int64_t> from,
                                       llvm::ArrayRef<int64_t> to);

/// What of a body lies in other buffers.
class BodyViews {
public:
  /// Looks at a body whose regions are fused.
  BodyViews(mlir::Block &block, const MatmulLibrary &library);

  /// Whether the op makes no copy: libraries alone read it, and can.
  bool isView(mlir::Operation *op) const { return views.contains(op); }
  /// Where the elements of a library call's operand are.
  StridedView resolve(mlir::Value value) const;

  /// The part of a concatenation, as base, where a library writes its result;
  /// null if it has a buffer of its own.
  const StridedView *getPlace(mlir::Value result) const;
  /// Whether input `index` of the concatenation is written by its producer.
  bool isInPlace(ConcatOp concat, unsigned index) const {
    return inPlace.contains({concat.getOperation(), index});
  }

private:
  bool canRead(mlir::OpOperand &use, const StridedView &view) const;
  bool canBeView(mlir::Operation *op, const StridedView &operand) const;
  bool canWrite(mlir::Value result, const StridedView &place) const;
  void findPlaces(ConcatOp concat);

  const MatmulLibrary &library;
  llvm::DenseSet<mlir::Operation *> views;
  llvm::DenseMap<mlir::Value, StridedView> places;
  llvm::DenseSet<std::pair<mlir::Operation *, unsigned>> inPlace;
};

} // namespace mpc

#endif

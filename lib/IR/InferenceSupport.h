//===- InferenceSupport.h - errors and shapes of type inference -*- C++ -*-===//
//
// Inference runs in the verifier, in builders and, for ops that print no result
// type, in the parser before operand types were checked. It therefore takes
// nothing for granted but the attributes.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_IR_INFERENCESUPPORT_H
#define MPC_LIB_IR_INFERENCESUPPORT_H

#include "mpc/IR/MPC.h"

namespace mpc {

using Shape = llvm::SmallVector<int64_t, 4>;

/// The type as a tensor; null when it is none, or its rank is unknown.
inline mlir::RankedTensorType tensorOf(mlir::Value value) {
  return llvm::dyn_cast_or_null<mlir::RankedTensorType>(value.getType());
}

/// `[8, 16]`, for messages.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Reports what is wrong with an op named `Op` at the place it was met, if any.
template <typename Op> class InferenceError {
public:
  explicit InferenceError(std::optional<mlir::Location> location)
      : location(location) {}
  template <typename... Parts>
  llvm::LogicalResult operator()(Parts &&...parts) const {
    return mlir::emitOptionalError(location, "'", Op::getOperationName(),
                                   "' op ", std::forward<Parts>(parts)...);
  }
  /// All operands are tensors of known rank.
  llvm::LogicalResult checkTensors(mlir::ValueRange operands) const {
    for (mlir::Value operand : operands)
      if (!tensorOf(operand))
        return (*this)("expected ranked tensors, found ", operand.getType());
    return mlir::success();
  }
  /// `dim` is a dimension of `type`.
  llvm::LogicalResult checkDim(int64_t dim, mlir::RankedTensorType type) const {
    if (dim >= 0 && dim < type.getRank())
      return mlir::success();
    return (*this)("dimension ", dim, " does not exist in ", type);
  }
  /// All tensors have one element type.
  llvm::LogicalResult checkElements(mlir::ValueRange operands) const {
    mlir::Type first = tensorOf(operands.front()).getElementType();
    for (mlir::Value operand : operands.drop_front())
      if (tensorOf(operand).getElementType() != first)
        return (*this)("expected one element type, found ", first, " and ",
                       tensorOf(operand).getElementType());
    return mlir::success();
  }

private:
  std::optional<mlir::Location> location;
};

} // namespace mpc

#endif

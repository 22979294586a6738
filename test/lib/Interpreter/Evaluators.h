//===- Evaluators.h - parts of the interpreter ------------------*- C++ -*-===//

#ifndef MPC_TEST_LIB_INTERPRETER_EVALUATORS_H
#define MPC_TEST_LIB_INTERPRETER_EVALUATORS_H

#include "Interpreter.h"

namespace mpc::test {

using Coords = std::vector<int64_t>;

/// Calls `body` with the coordinates of every element, in row-major order.
void forEach(llvm::ArrayRef<int64_t> shape,
             llvm::function_ref<void(const Coords &)> body);

/// The element of `tensor` at `coords`; missing leading dimensions are dropped
/// and size 1 repeats, as in NumPy.
double at(const Tensor &tensor, const Coords &coords);
/// The element at exactly `coords`.
double &ref(Tensor &tensor, const Coords &coords);

/// The shape of a result.
llvm::ArrayRef<int64_t> shapeOf(mlir::Value value);

using Operands = llvm::ArrayRef<Tensor>;
/// Each evaluates the ops of its family, and nothing for other ops.
std::optional<std::vector<Tensor>> evaluatePointwise(mlir::Operation *op,
                                                     Operands operands);
std::optional<std::vector<Tensor>> evaluateShape(mlir::Operation *op,
                                                 Operands operands);
std::optional<std::vector<Tensor>> evaluateModel(mlir::Operation *op,
                                                 Operands operands);

} // namespace mpc::test

#endif

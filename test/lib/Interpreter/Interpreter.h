//===- Interpreter.h - what a program means, in f64 -------------*- C++ -*-===//
//
// The oracle of the tests: evaluates mpc programs with global shapes by plain
// loops over host arrays, straight from the ops' descriptions. It shares no
// code with decompositions, gradients or kernels, and is slow.
//
//   Evaluation run = llvm::cantFail(evaluate(func, {x}, {{"w", w}}));
//   run.outputs[0].data[3];
//
// Everything is computed in f64 and not rounded to the element type, except
// that integers wrap to theirs: results of f32 kernels agree up to rounding.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_LIB_INTERPRETER_INTERPRETER_H
#define MPC_TEST_LIB_INTERPRETER_INTERPRETER_H

#include "mpc/IR/MPC.h"
#include "llvm/Support/Error.h"

namespace mpc::test {

/// Row-major elements; i1 as 0 and 1.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<double> data;

  static Tensor zeros(llvm::ArrayRef<int64_t> shape);
  static Tensor scalar(double value) { return {{}, {value}}; }
  int64_t size() const { return static_cast<int64_t>(data.size()); }
};

/// By symbol name.
using Variables = std::map<std::string, Tensor>;

struct Evaluation {
  std::vector<Tensor> outputs;
  /// All of them, as they are after the step: reads see the old values.
  Variables variables;
};

/// Runs a function of model ops. Fails, naming the op, where an input or
/// variable is missing or of another shape, or an op is not of the model
/// (collectives, parts with an offset).
llvm::Expected<Evaluation> evaluate(mlir::func::FuncOp func,
                                    llvm::ArrayRef<Tensor> inputs,
                                    const Variables &variables);

/// One op by itself; `mpc.read` and `mpc.assign` are no such ops.
llvm::Expected<std::vector<Tensor>> evaluateOp(mlir::Operation *op,
                                               llvm::ArrayRef<Tensor> operands);

/// The first word of Philox4x32-10 for a 128-bit counter and a 64-bit key.
uint32_t philox(uint64_t index, uint64_t step, uint64_t seed);

} // namespace mpc::test

#endif

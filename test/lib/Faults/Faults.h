//===- Faults.h - training steps made wrong on purpose ----------*- C++ -*-===//
//
// An oracle is as good as what it finds. These change a step that is built and
// not yet split: the planner's callback of Setup gets one.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_LIB_FAULTS_FAULTS_H
#define MPC_TEST_LIB_FAULTS_FAULTS_H

#include "mpc/IR/TensorBuilder.h"

namespace mpc::test {

/// The wrong value for a right one.
using Fault = llvm::function_ref<mlir::Value(TensorBuilder &, mlir::Value)>;

/// Parameters that @train_step has a gradient of.
std::vector<std::string> getTrained(mlir::ModuleOp built);

/// Makes a parameter's gradient wrong, for the optimizer and for whoever looks.
void spoilGradient(mlir::ModuleOp built, llvm::StringRef parameter,
                   Fault fault);

/// Makes wrong what the step assigns to a variable.
void spoilUpdate(mlir::ModuleOp built, llvm::StringRef variable, Fault fault);

} // namespace mpc::test

#endif

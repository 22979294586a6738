//===- OptimizerRules.h - formulas of the optimizers ------------*- C++ -*-===//
//
// A rule computes what is common to all variables once, on scalars, and then
// every variable's update from its gradient, itself and its state: one pass
// over memory.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_TRANSFORMS_OPTIMIZERRULES_H
#define MPC_LIB_TRANSFORMS_OPTIMIZERRULES_H

#include "mpc/IR/TensorBuilder.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {

class OptimizerRule {
public:
  virtual ~OptimizerRule() = default;
  /// Suffixes of the state's variables.
  virtual llvm::ArrayRef<llvm::StringLiteral> getStateNames() const = 0;
  /// Builds the common scalars; `lr` is f32, `step` i64 and counts from 1.
  virtual void prepare(TensorBuilder &t, mlir::Value lr, mlir::Value step) = 0;
  /// The variable's next value; replaces `state` by its next values.
  virtual mlir::Value update(TensorBuilder &t, mlir::Value variable,
                             mlir::Value gradient,
                             llvm::MutableArrayRef<mlir::Value> state,
                             bool decays) const = 0;
};

/// Fails with the reason where an option is out of its range.
llvm::Expected<std::unique_ptr<OptimizerRule>>
createOptimizerRule(const AddOptimizerOptions &options);

} // namespace mpc

#endif

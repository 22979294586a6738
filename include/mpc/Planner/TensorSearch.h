//===- TensorSearch.h - which variables the tensor axis cuts ----*- C++ -*-===//
//
// Chooses for each variable to be replicated or cut in one dimension by the
// axis "tensor". Sharding propagation says what each choice means for every op
// and which reshards it needs; their price is what is minimized, by coordinate
// descent. Variables that differ only in the numbers in their names (the layers
// of a deep model) decide together. Two dense layers come out as
//
//   w1 [[], ["tensor"]]   b1 [["tensor"]]   w2 [["tensor"], []]   b2 [[]]
//
//===----------------------------------------------------------------------===//

#ifndef MPC_PLANNER_TENSORSEARCH_H
#define MPC_PLANNER_TENSORSEARCH_H

#include "mpc/Cluster/Cluster.h"
#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"

namespace mpc {

/// What one step costs a device, with stages one after the other.
struct PlacementCost {
  double seconds = 0;
  /// Floating-point operations of contractions, also those of attention, on
  /// the busiest device and in the whole program divided by the other axes'
  /// share.
  double contractionFlops = 0, wholeContractionFlops = 0;
  /// Local bytes of the parameters.
  double parameterBytes = 0;
};

/// Prices `plan` on the numbered function `func`; an error where a dimension
/// cannot be cut so.
llvm::Expected<PlacementCost> pricePlacement(mlir::ModuleOp module,
                                             mlir::func::FuncOp func,
                                             const Plan &plan,
                                             const Cluster &cluster);

struct TensorSearchOptions {
  /// Contractions and parameters must be split: a device's part of either may
  /// be at most 1.1 of an equal share, as far as sizes allow.
  bool mustSplit = false;
};

/// Extends plan.variables by cuts on "tensor". Variables that the plan names,
/// or that carry a sharding in the IR, keep theirs. Fails with InfeasiblePlan
/// where a split is a must and nothing can be cut.
llvm::Error searchTensorCuts(mlir::ModuleOp module, mlir::func::FuncOp func,
                             Plan &plan, const Cluster &cluster,
                             const TensorSearchOptions &options);

} // namespace mpc

#endif

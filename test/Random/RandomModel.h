//===- RandomModel.h - a network nobody wrote -------------------*- C++ -*-===//
//
// A pool of values, all with the batch as dimension 0, grows step by step: a
// step takes values of the pool, applies something that networks do (a dense
// layer, attention, a skip connection, a reshape, ...), and adds the result.
// Values stay of the order of 1, so that rounding stays small.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_TEST_RANDOM_RANDOMMODEL_H
#define MPC_TEST_RANDOM_RANDOMMODEL_H

#include "mpc/JIT/ModelBuilder.h"
#include "mpc/Transforms/Passes.h"
#include <set>

namespace mpc::test {

/// What a model follows from. Steps that are left out do not change the draws
/// of the others: this is how a case is shrunk.
struct ModelRecipe {
  uint64_t seed = 0;
  int64_t steps = 0;
  std::set<int64_t> leftOut;
  /// Heads of attention have a multiple of so many elements.
  int64_t headMultiple = 1;
};

struct RandomModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  LossKind loss = LossKind::SquaredError;
  int64_t batch = 0;
};

ModelRecipe makeRecipe(uint64_t seed, int64_t headMultiple = 1);

/// The error tells a mistake of the generator.
llvm::Expected<RandomModel> makeModel(mlir::MLIRContext &context,
                                      const ModelRecipe &recipe);

} // namespace mpc::test

#endif

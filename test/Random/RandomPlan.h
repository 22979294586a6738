//===- RandomPlan.h - a split nobody would choose ---------------*- C++ -*-===//

#ifndef MPC_TEST_RANDOM_RANDOMPLAN_H
#define MPC_TEST_RANDOM_RANDOMPLAN_H

#include "mpc/IR/MPC.h"
#include "mpc/Planner/Plan.h"

namespace mpc::test {

/// Any mesh of up to eight devices, stages cut anywhere, variables cut in any
/// dimensions by any axes but the stages, micro-batches and a schedule, which
/// may be a file that the caller removes. `built` is the training step or the
/// forward function, ready for planning.
Plan makePlan(mlir::ModuleOp built, int64_t batch, uint64_t seed);

} // namespace mpc::test

#endif

//===- Freeze.h - From the work graph to flat arrays ------------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_FREEZE_H
#define MPC_LIB_PLANNER_FREEZE_H

#include "MemoryProfile.h"
#include "mpc/Planner/ReducedProblem.h"

namespace mpc {

/// Takes what \p graph holds. Variables of one value are fixed and left out.
std::unique_ptr<ReducedProblem> freeze(WorkGraph &graph,
                                       const MemoryProfile &profile);

} // namespace mpc

#endif // MPC_LIB_PLANNER_FREEZE_H

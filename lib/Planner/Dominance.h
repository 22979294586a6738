//===- Dominance.h - Values that are never needed ---------------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_DOMINANCE_H
#define MPC_LIB_PLANNER_DOMINANCE_H

#include "MemoryProfile.h"

namespace mpc {

/// Drops values of \p variable that another one beats: no dearer whatever the
/// neighbours choose, and no larger at any row. Forbids pairs (x, b) with a
/// neighbour's value x where, given x, a value a beats b. Returns whether
/// anything has changed; an optimal solution always remains.
bool applyDominance(WorkGraph &graph, const MemoryProfile &profile,
                    int variable);

} // namespace mpc

#endif // MPC_LIB_PLANNER_DOMINANCE_H

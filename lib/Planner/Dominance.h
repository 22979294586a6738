//===- Dominance.h - Values that are never needed ---------------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_DOMINANCE_H
#define MPC_LIB_PLANNER_DOMINANCE_H

#include "MemoryProfile.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mpc {

/// Drops values of \p variable that another one beats: no dearer whatever the
/// neighbours choose, and no larger at any row. Where the variable has one
/// neighbour, and each of its values leaves one best choice in cost and memory,
/// forbids all others: the edge becomes functional. Returns whether anything
/// has changed; an optimal solution always remains. Large domains take long:
/// looks for less once \p late says so.
bool applyDominance(WorkGraph &graph, const MemoryProfile &profile,
                    int variable, llvm::function_ref<bool()> late);

} // namespace mpc

#endif // MPC_LIB_PLANNER_DOMINANCE_H

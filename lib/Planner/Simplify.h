//===- Simplify.h - Reduce a work graph -------------------------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_SIMPLIFY_H
#define MPC_LIB_PLANNER_SIMPLIFY_H

#include "WorkGraph.h"
#include "mpc/Planner/ReducedProblem.h"

namespace mpc {

/// Reduces \p graph exactly and takes what is left; nothing where no choice
/// avoids what is forbidden. Stops reducing after \p seconds, and returns
/// nothing where merging is not done by \p deadline.
std::unique_ptr<ReducedProblem> simplifyGraph(WorkGraph &graph, double seconds,
                                              WorkGraph::Deadline deadline);

} // namespace mpc

#endif // MPC_LIB_PLANNER_SIMPLIFY_H

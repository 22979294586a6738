//===- WorkGraph.h - The sharding problem while it shrinks ------*- C++ -*-===//
//
// A graph of variables and cost tables that exact reductions work on. A
// variable starts as one node; merging makes it stand for many, each of whose
// strategies follows from the variable's value.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_PLANNER_WORKGRAPH_H
#define MPC_LIB_PLANNER_WORKGRAPH_H

#include "mpc/Planner/ShardingProblem.h"
#include "llvm/ADT/DenseMap.h"
#include <chrono>

namespace mpc {

using Cost = std::int64_t;

/// From here on a cost counts as forbidden, whether one term reaches it or a
/// sum does: two such costs still add up within 64 bits.
inline constexpr Cost forbiddenCost = 100'000'000'000'000'000;

inline Cost addCosts(Cost a, Cost b) {
  Cost sum = a + b;
  return a >= forbiddenCost || b >= forbiddenCost || sum >= forbiddenCost
             ? forbiddenCost
             : sum;
}

/// Something whose strategy follows from a variable's value: a node of the
/// problem, or (from `WorkGraph::nodes` on) a link to an eliminated variable.
struct WorkMember {
  int node;
  std::vector<std::int32_t> strategy; ///< By value of the variable.
};

/// The member whose strategy is the variable's value.
WorkMember identityMember(int node, int values);

struct WorkVariable {
  std::vector<Cost> unary;
  std::vector<WorkMember> members;
  std::vector<int> edges;
  bool alive = true;
  bool queued = false; ///< For dominance: something near it has changed.

  int size() const { return int(unary.size()); }
};

struct WorkEdge {
  int ends[2];
  std::vector<Cost> table; ///< Major in ends[0].
  bool alive = true;
  bool queued = false;

  int side(int variable) const { return ends[1] == variable; }
  int other(int variable) const { return ends[!side(variable)]; }
};

/// A variable that was minimised away between two others. Its value is the
/// cheapest once theirs are known; links carry their values as of then.
struct EliminatedVariable {
  WorkVariable variable;
  std::vector<Cost> tables[2]; ///< Major in the neighbour.
  int links[2];                ///< Member ids of the two neighbours' values.
};

class WorkGraph {
public:
  /// With \p soft, no pair is forbidden: costs are cut off instead at a value
  /// small enough for sums, so every solution costs no more than it truly does.
  WorkGraph(const ShardingProblem &problem, bool soft);
  /// Without variables: for callers that add their own. Members are the nodes
  /// of
  /// \p problem, of which only intervals and usages count.
  explicit WorkGraph(const ShardingProblem &problem);

  const ShardingProblem &problem;
  std::vector<WorkVariable> variables;
  std::vector<WorkEdge> edges;
  std::vector<EliminatedVariable> eliminated;
  WideCost constant = 0;
  bool infeasible = false; ///< Some variable has lost its last value.
  int nodes, memberIds;

  using Deadline = std::chrono::steady_clock::time_point;

  /// Reduces by arc consistency, folding of separable tables and merging along
  /// functional edges until nothing is queued. False where the deadline came
  /// first.
  bool propagate(Deadline deadline);

  /// Drops the values of \p variable where \p keep is false.
  void filter(int variable, const std::vector<char> &keep);
  /// Minimises \p variable away if it has two neighbours. Its memory must not
  /// matter.
  void eliminateDegreeTwo(int variable);

  int addVariable(std::vector<Cost> unary, std::vector<WorkMember> members);
  /// A second table between the same two is added to the first.
  void addEdge(int first, int second, std::vector<Cost> table);
  void enqueueEdge(int edge);
  int degree(int variable) const {
    return int(variables[variable].edges.size());
  }

  /// Cost of the pair, first argument on \p side of \p edge.
  Cost cost(const WorkEdge &edge, int side, int mine, int others) const {
    int width = variables[edge.ends[1]].size();
    return side == 0 ? edge.table[std::size_t(mine) * width + others]
                     : edge.table[std::size_t(others) * width + mine];
  }
  Cost &cost(WorkEdge &edge, int side, int mine, int others) {
    int width = variables[edge.ends[1]].size();
    return side == 0 ? edge.table[std::size_t(mine) * width + others]
                     : edge.table[std::size_t(others) * width + mine];
  }

private:
  void removeEdge(int edge);
  void normalizeVariable(int variable);
  bool dropForbiddenValues(int variable);
  void normalizeEdge(int edge);
  void pullMinima(WorkEdge &edge, int side);
  bool isZero(const WorkEdge &edge) const;
  bool functional(const WorkEdge &edge, int side, std::vector<int> &map) const;
  void merge(int edge, int keptSide, const std::vector<int> &map);
  void reroute(int edge, int from, int to, const std::vector<int> &map);
  std::vector<Cost> tableFrom(const WorkEdge &edge, int side) const;

  bool started = false;
  llvm::DenseMap<std::pair<int, int>, int> edgeOf;
  std::vector<int> edgeQueue;
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_WORKGRAPH_H

#include "mpc/Planner/NestedProblem.h"
#include "Simplify.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

static Cost exactCost(const ReducedProblem &outer, double cost) {
  return cost >= outer.forbidden ? forbiddenCost : Cost(std::llround(cost));
}

/// One node for each piece of the variable; an idle one where it has none.
static void addPieces(ShardingProblem &pieces, const ReducedProblem &outer,
                      int v, llvm::ArrayRef<int> kept) {
  std::vector<std::int64_t> costs(kept.size()), usages(kept.size());
  if (outer.pieces(v).empty())
    pieces.addNode({0, 0}, costs, usages);
  for (const auto &piece : outer.pieces(v)) {
    for (std::size_t i = 0; i < kept.size(); ++i)
      usages[i] = piece.excess[kept[i]];
    pieces.addNode({piece.begin, piece.end}, costs, usages);
  }
}

/// Rows differ in capacity, but a problem has one limit: nodes without a choice
/// use up the difference.
static void addFillers(ShardingProblem &pieces, const ReducedProblem &outer) {
  if (outer.rows() == 0)
    return;
  std::int64_t limit =
      *std::max_element(outer.capacity.begin(), outer.capacity.end());
  pieces.usageLimit = limit;
  for (int begin = 0, end; begin < outer.rows(); begin = end) {
    for (end = begin + 1;
         end < outer.rows() && outer.capacity[end] == outer.capacity[begin];)
      ++end;
    pieces.addNode({begin, end}, {0}, {limit - outer.capacity[begin]});
  }
}

static std::vector<Cost> keptTable(const ReducedProblem &outer,
                                   const ReducedProblem::Edge &edge,
                                   llvm::ArrayRef<int> rows,
                                   llvm::ArrayRef<int> columns) {
  std::vector<Cost> table;
  for (int r : rows)
    for (int c : columns)
      table.push_back(exactCost(
          outer, edge.table[std::size_t(r) * outer.domain(edge.second) + c]));
  return table;
}

NestedProblem::NestedProblem(const ReducedProblem &outer,
                             const std::vector<char> &dead, double seconds,
                             std::chrono::steady_clock::time_point deadline)
    : kept(outer.size()) {
  for (int v = 0; v < outer.size(); ++v) {
    for (int y = 0; y < outer.domain(v); ++y)
      if (!dead[outer.valueOffset[v] + y])
        kept[v].push_back(y);
    if (kept[v].empty())
      return;
    nodeOf.push_back(int(pieces.nodeCount()));
    addPieces(pieces, outer, v, kept[v]);
  }
  int firstFiller = int(pieces.nodeCount());
  addFillers(pieces, outer);

  WorkGraph graph(pieces);
  graph.constant = WideCost(std::llround(outer.constant));
  for (int v = 0; v < outer.size(); ++v) {
    std::vector<Cost> unary;
    for (int y : kept[v])
      unary.push_back(exactCost(outer, outer.unaryOf(v)[y]));
    std::vector<WorkMember> members;
    int end = v + 1 < outer.size() ? nodeOf[v + 1] : firstFiller;
    for (int node = nodeOf[v]; node < end; ++node)
      members.push_back(identityMember(node, int(kept[v].size())));
    graph.addVariable(std::move(unary), std::move(members));
  }
  std::vector<WorkMember> fillers;
  for (int node = firstFiller; node < int(pieces.nodeCount()); ++node)
    fillers.push_back(identityMember(node, 1));
  graph.addVariable({0}, std::move(fillers));
  for (const auto &edge : outer.edges)
    graph.addEdge(edge.first, edge.second,
                  keptTable(outer, edge, kept[edge.first], kept[edge.second]));
  reduced = simplifyGraph(graph, seconds, deadline);
}

Assignment NestedProblem::lift(const Assignment &inner) const {
  ShardingSolution solution = reduced->expand(inner);
  Assignment outer;
  for (std::size_t v = 0; v < kept.size(); ++v)
    outer.push_back(kept[v][solution[nodeOf[v]]]);
  return outer;
}

Assignment NestedProblem::project(const Assignment &outer) const {
  ShardingSolution solution(pieces.nodeCount());
  for (std::size_t v = 0; v < kept.size(); ++v) {
    auto at = std::find(kept[v].begin(), kept[v].end(), outer[v]);
    int choice = at == kept[v].end() ? -1 : int(at - kept[v].begin());
    int end = v + 1 < kept.size() ? nodeOf[v + 1] : nodeOf[v] + 1;
    for (int node = nodeOf[v]; node < end; ++node)
      solution[node] = choice;
  }
  return reduced->project(solution);
}

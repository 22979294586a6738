#include "Dominance.h"
#include <algorithm>

using namespace mpc;

namespace {

class DominanceTest {
public:
  DominanceTest(WorkGraph &graph, const MemoryProfile &profile, int variable)
      : graph(graph), pieces(profile.pieces(variable)), index(variable),
        unary(graph.variables[variable].unary) {}

  bool dropValues(llvm::function_ref<bool()> late);
  bool decideLeaf();

private:
  bool needsNoMore(int a, int b) const {
    return llvm::all_of(pieces, [&](const ExcessPiece &p) {
      return p.excess[a] <= p.excess[b];
    });
  }
  Cost worstLoss(const WorkEdge &edge, int a, int b) const;
  bool beats(int a, int b) const;
  int bestGiven(const WorkEdge &edge, int other) const;

  WorkGraph &graph;
  llvm::ArrayRef<ExcessPiece> pieces;
  int index;
  const std::vector<Cost> &unary;
};

} // namespace

/// The most that taking a instead of b may cost on \p edge. Tables are
/// normalised, so some neighbour's value makes b free: never negative.
Cost DominanceTest::worstLoss(const WorkEdge &edge, int a, int b) const {
  int side = edge.side(index),
      others = graph.variables[edge.other(index)].size();
  Cost worst = -forbiddenCost;
  for (int o = 0; o < others; ++o) {
    Cost withB = graph.cost(edge, side, b, o);
    if (withB >= forbiddenCost)
      continue;
    Cost withA = graph.cost(edge, side, a, o);
    if (withA >= forbiddenCost)
      return forbiddenCost;
    worst = std::max(worst, withA - withB);
  }
  return worst;
}

bool DominanceTest::beats(int a, int b) const {
  Cost loss = unary[a] - unary[b];
  if (loss > 0 || !needsNoMore(a, b))
    return false;
  for (int edge : graph.variables[index].edges) {
    Cost worst = worstLoss(graph.edges[edge], a, b);
    if (worst <= -forbiddenCost)
      return true; // b has no partner left on this edge.
    loss = addCosts(loss, worst);
    if (loss > 0)
      return false;
  }
  return true;
}

bool DominanceTest::dropValues(llvm::function_ref<bool()> late) {
  int size = int(unary.size());
  std::vector<char> keep(size, 1);
  for (int b = 0; b < size && !(b % 16 == 0 && late()); ++b)
    for (int a = 0; a < size && keep[b]; ++a)
      if (a != b && keep[a] && beats(a, b))
        keep[b] = 0;
  if (llvm::all_of(keep, [](char k) { return k; }))
    return false;
  graph.filter(index, keep);
  return true;
}

/// The value to take when the one neighbour has the value \p other: dearest in
/// nothing. -1 where two values beat each other in cost and memory.
int DominanceTest::bestGiven(const WorkEdge &edge, int other) const {
  int side = edge.side(index), size = int(unary.size()), best = -1;
  auto cost = [&](int s) {
    return addCosts(unary[s], graph.cost(edge, side, s, other));
  };
  for (int s = 0; s < size; ++s)
    if (cost(s) < forbiddenCost &&
        (best < 0 || (cost(s) <= cost(best) && needsNoMore(s, best))))
      best = s;
  for (int s = 0; s < size && best >= 0; ++s)
    if (cost(s) < cost(best) ||
        (cost(s) < forbiddenCost && !needsNoMore(best, s)))
      best = -1;
  return best;
}

bool DominanceTest::decideLeaf() {
  if (graph.degree(index) != 1)
    return false;
  int at = graph.variables[index].edges[0];
  WorkEdge &edge = graph.edges[at];
  int side = edge.side(index),
      others = graph.variables[edge.other(index)].size();
  std::vector<int> choice;
  for (int other = 0; other < others; ++other) {
    choice.push_back(bestGiven(edge, other));
    if (choice.back() < 0)
      return false;
  }
  for (int other = 0; other < others; ++other)
    for (int s = 0; s < int(unary.size()); ++s)
      if (s != choice[other])
        graph.cost(edge, side, s, other) = forbiddenCost;
  graph.enqueueEdge(at);
  return true;
}

bool mpc::applyDominance(WorkGraph &graph, const MemoryProfile &profile,
                         int variable, llvm::function_ref<bool()> late) {
  DominanceTest test(graph, profile, variable);
  return test.dropValues(late) || test.decideLeaf();
}

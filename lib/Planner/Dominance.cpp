#include "Dominance.h"
#include <algorithm>

using namespace mpc;

namespace {

/// Steps that tests of one variable may take; the largest domains of real
/// problems have some 800 values and a hundred neighbours.
constexpr double mostWork = 2e7;

class DominanceTest {
public:
  DominanceTest(WorkGraph &graph, const MemoryProfile &profile, int variable)
      : graph(graph), pieces(profile.pieces(variable)), index(variable),
        unary(graph.variables[variable].unary) {}

  bool dropValues();
  bool forbidPairs();
  double pairWork() const;

private:
  bool needsNoMore(int a, int b) const {
    return llvm::all_of(pieces, [&](const ExcessPiece &p) {
      return p.excess[a] <= p.excess[b];
    });
  }
  Cost worstLoss(const WorkEdge &edge, int a, int b) const;
  bool beats(int a, int b) const;
  bool forbidGiven(WorkEdge &edge, int a, int b, Cost lossElsewhere);

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

bool DominanceTest::dropValues() {
  int size = int(unary.size());
  std::vector<char> keep(size, 1);
  for (int b = 0; b < size; ++b)
    for (int a = 0; a < size && keep[b]; ++a)
      if (a != b && keep[a] && beats(a, b))
        keep[b] = 0;
  if (llvm::all_of(keep, [](char k) { return k; }))
    return false;
  graph.filter(index, keep);
  return true;
}

/// Forbids (x, b) wherever (x, a) makes up for the loss on the other edges.
bool DominanceTest::forbidGiven(WorkEdge &edge, int a, int b,
                                Cost lossElsewhere) {
  int side = edge.side(index),
      others = graph.variables[edge.other(index)].size();
  bool changed = false;
  for (int o = 0; o < others; ++o) {
    Cost withA = graph.cost(edge, side, a, o);
    Cost &withB = graph.cost(edge, side, b, o);
    if (withA >= forbiddenCost || withB >= forbiddenCost ||
        lossElsewhere + withA - withB > 0)
      continue;
    withB = forbiddenCost;
    changed = true;
  }
  return changed;
}

double DominanceTest::pairWork() const {
  double work = 0;
  for (int edge : graph.variables[index].edges)
    work += double(graph.edges[edge].table.size());
  return work * double(unary.size());
}

bool DominanceTest::forbidPairs() {
  bool changed = false;
  int size = int(unary.size());
  const std::vector<int> &edges = graph.variables[index].edges;
  std::vector<Cost> losses(edges.size());
  for (int b = 0; b < size; ++b)
    for (int a = 0; a < size; ++a) {
      if (a == b || !needsNoMore(a, b))
        continue;
      Cost sum = unary[a] - unary[b];
      int impossible = 0;
      for (std::size_t e = 0; e < edges.size() && impossible < 2; ++e) {
        losses[e] = worstLoss(graph.edges[edges[e]], a, b);
        bool open = losses[e] >= forbiddenCost;
        impossible += losses[e] <= -forbiddenCost ? 2 : open;
        sum += open ? 0 : losses[e];
      }
      for (std::size_t e = 0; e < edges.size() && impossible < 2; ++e) {
        bool open = losses[e] >= forbiddenCost;
        if (impossible > open)
          continue;
        if (!forbidGiven(graph.edges[edges[e]], a, b,
                         sum - (open ? 0 : losses[e])))
          continue;
        changed = true;
        graph.enqueueEdge(edges[e]);
        sum -= open ? 0 : losses[e];
        impossible -= open;
        losses[e] = worstLoss(graph.edges[edges[e]], a, b);
        if (losses[e] <= -forbiddenCost)
          break;
        bool still = losses[e] >= forbiddenCost;
        impossible += still;
        sum += still ? 0 : losses[e];
      }
    }
  return changed;
}

bool mpc::applyDominance(WorkGraph &graph, const MemoryProfile &profile,
                         int variable) {
  DominanceTest test(graph, profile, variable);
  if (test.dropValues())
    return true; // The profile has changed its numbering of values.
  return test.pairWork() <= mostWork && test.forbidPairs();
}

#include "Dominance.h"
#include "Freeze.h"
#include "mpc/Planner/ReducedProblem.h"
#include <chrono>

using namespace mpc;

namespace {

/// Applies every reduction until none finds anything.
class Simplifier {
public:
  Simplifier(const ShardingProblem &problem, bool soft, double seconds)
      : graph(problem, soft), time(problem),
        deadline(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                    std::chrono::duration<double>(seconds))) {}

  /// False where some variable has lost all its values.
  bool run();

  WorkGraph graph;
  TimeSegments time;

private:
  using Clock = std::chrono::steady_clock;

  bool cutByFloor(const MemoryProfile &profile);
  bool dominate(const MemoryProfile &profile);
  bool eliminate(const MemoryProfile &profile);
  bool late() const { return Clock::now() > deadline; }

  Clock::time_point deadline;
};

} // namespace

bool Simplifier::cutByFloor(const MemoryProfile &profile) {
  bool changed = false;
  for (int v = 0; v < int(graph.variables.size()); ++v) {
    if (profile.pieces(v).empty())
      continue;
    int before = graph.variables[v].size();
    graph.filter(v, profile.fittingValues(v, before));
    changed |= graph.variables[v].size() < before;
  }
  return changed;
}

bool Simplifier::dominate(const MemoryProfile &profile) {
  bool changed = false;
  for (int v = 0; v < int(graph.variables.size()) && !late(); ++v) {
    WorkVariable &variable = graph.variables[v];
    if (!variable.alive || !variable.queued)
      continue;
    variable.queued = false;
    changed |= variable.size() > 1 && applyDominance(graph, profile, v);
  }
  return changed;
}

/// Minimises away variables without memory whose new table is no larger than
/// the two it replaces.
bool Simplifier::eliminate(const MemoryProfile &profile) {
  bool changed = false;
  for (int v = 0; v < int(graph.variables.size()); ++v) {
    const WorkVariable &variable = graph.variables[v];
    if (!variable.alive || graph.degree(v) != 2 || !profile.pieces(v).empty())
      continue;
    std::size_t old = 0, fresh = 1;
    for (int edge : variable.edges) {
      old += graph.edges[edge].table.size();
      fresh *= graph.variables[graph.edges[edge].other(v)].size();
    }
    if (fresh > std::max<std::size_t>(old, 64))
      continue;
    graph.eliminateDegreeTwo(v);
    changed = true;
  }
  return changed;
}

bool Simplifier::run() {
  std::size_t rows = SIZE_MAX;
  while (true) {
    graph.propagate();
    if (graph.infeasible)
      return false;
    if (late())
      return true;
    MemoryProfile profile(graph, time);
    for (std::int64_t room : profile.capacity())
      if (room < 0)
        return false;
    if (cutByFloor(profile))
      continue;
    if (dominate(profile))
      continue;
    if (eliminate(profile))
      continue;
    // Fewer rows make more values comparable.
    if (profile.capacity().size() >= rows)
      return true;
    rows = profile.capacity().size();
    for (WorkVariable &variable : graph.variables)
      variable.queued = true;
  }
}

std::unique_ptr<ReducedProblem> mpc::simplify(const ShardingProblem &problem, bool soft,
                                              double seconds,
                                              SimplifyStatistics *statistics) {
  Simplifier simplifier(problem, soft, seconds);
  if (!simplifier.run())
    return nullptr;
  MemoryProfile profile(simplifier.graph, simplifier.time);
  for (std::int64_t room : profile.capacity())
    if (room < 0)
      return nullptr;
  int eliminated = int(simplifier.graph.eliminated.size());
  auto reduced = freeze(simplifier.graph, profile);
  if (statistics) {
    statistics->nodes = int(problem.nodeCount());
    statistics->edges = int(problem.edges.size());
    statistics->variables = reduced->size();
    statistics->leftEdges = int(reduced->edges.size());
    statistics->eliminated = eliminated;
    statistics->rows = reduced->rows();
    statistics->values = reduced->unary.size();
    for (const auto &edge : reduced->edges) {
      std::size_t entries =
          std::size_t(reduced->domain(edge.first)) * reduced->domain(edge.second);
      statistics->entries += entries;
      for (std::size_t i = 0; i < entries; ++i)
        statistics->forbiddenEntries += edge.table[i] >= reduced->forbidden;
    }
  }
  return reduced;
}

#include "Simplify.h"
#include "Dominance.h"
#include "Freeze.h"
#include "mpc/Planner/ReducedProblem.h"
#include <chrono>

using namespace mpc;

using Clock = std::chrono::steady_clock;

namespace {

/// Applies every reduction until none finds anything.
class Simplifier {
public:
  Simplifier(WorkGraph &graph, double seconds, Clock::time_point deadline)
      : graph(graph), time(graph.problem), deadline(deadline),
        enough(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds))) {}

  /// Nothing where some variable has lost all its values, or time is up.
  std::unique_ptr<ReducedProblem> run();

private:
  bool reduce();
  bool cutByFloor(const MemoryProfile &profile);
  bool dominate(const MemoryProfile &profile);
  bool eliminate(const MemoryProfile &profile);
  bool late() const { return Clock::now() >= std::min(enough, deadline); }

  WorkGraph &graph;
  TimeSegments time;
  Clock::time_point deadline; ///< When an answer is worth nothing any more.
  Clock::time_point enough;   ///< When searching is worth more than reducing.
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
    changed |= variable.size() > 1 &&
               applyDominance(graph, profile, v, [this] { return late(); });
  }
  return changed;
}

/// Minimises away variables without memory whose new table is no larger than
/// the two it replaces.
bool Simplifier::eliminate(const MemoryProfile &profile) {
  bool changed = false;
  for (int v = 0; v < int(graph.variables.size()) && !late(); ++v) {
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

/// False where nothing is left to choose from, or time is up.
bool Simplifier::reduce() {
  std::size_t rows = SIZE_MAX;
  while (true) {
    if (!graph.propagate(deadline) || graph.infeasible)
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

std::unique_ptr<ReducedProblem> Simplifier::run() {
  if (!reduce())
    return nullptr;
  MemoryProfile profile(graph, time);
  if (llvm::any_of(profile.capacity(),
                   [](std::int64_t room) { return room < 0; }))
    return nullptr;
  return freeze(graph, profile);
}

std::unique_ptr<ReducedProblem> mpc::simplifyGraph(WorkGraph &graph,
                                                   double seconds,
                                                   Clock::time_point deadline) {
  return Simplifier(graph, seconds, deadline).run();
}

SimplifyStatistics::SimplifyStatistics(const ReducedProblem &reduced)
    : variables(reduced.size()), edges(int(reduced.edges.size())),
      rows(reduced.rows()), values(reduced.unary.size()) {
  for (const auto &edge : reduced.edges) {
    std::size_t count =
        std::size_t(reduced.domain(edge.first)) * reduced.domain(edge.second);
    entries += count;
    for (std::size_t i = 0; i < count; ++i)
      forbiddenEntries += edge.table[i] >= reduced.forbidden;
  }
}

std::unique_ptr<ReducedProblem> mpc::simplify(const ShardingProblem &problem,
                                              bool soft, double seconds,
                                              Clock::time_point deadline) {
  WorkGraph graph(problem, soft);
  return simplifyGraph(graph, seconds, deadline);
}

#include "mpc/Planner/ShardingSolver.h"
#include "Portfolio.h"
#include "WorkGraph.h"
#include "mpc/Planner/NestedProblem.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

double ShardingResult::gap() const {
  if (!feasible || lowerBound >= value.cost)
    return 0;
  double cost = double(value.cost), bound = double(lowerBound);
  return bound > 0 ? cost / bound - 1 : 1e300;
}

namespace {

/// Whole costs that are no less than \p bound are no less than this; infinite
/// bounds become very large.
WideCost wholeCost(double bound) {
  return WideCost(std::ceil(std::min(bound, 1e36)));
}

/// One run: keeps the best solution of the unreduced problem.
class SolverRun {
public:
  SolverRun(const ShardingProblem &problem, const ShardingOptions &options)
      : problem(problem), options(options),
        deadline(options.start +
                 std::chrono::duration_cast<Portfolio::Clock::duration>(
                     std::chrono::duration<double>(std::max(
                         0.9 * options.timeLimit, options.timeLimit - 0.5)))) {}

  ShardingResult run();

private:
  double seconds() const {
    return std::chrono::duration<double>(Portfolio::Clock::now() -
                                         options.start)
        .count();
  }
  bool late() const { return Portfolio::Clock::now() >= deadline; }
  void offer(ShardingSolution solution);
  WideCost boundWithForbidden() const;
  WideCost softBound(double bound) const;
  bool solve(bool soft);
  double search(const ReducedProblem &reduced,
                const Portfolio::Observer &observer, double cost,
                Assignment best);

  const ShardingProblem &problem;
  const ShardingOptions &options;
  Portfolio::Clock::time_point deadline;
  ShardingResult result;
};

} // namespace

void SolverRun::offer(ShardingSolution solution) {
  ShardingValue value = llvm::cantFail(problem.evaluate(solution));
  if (!problem.fits(value) ||
      (result.feasible && value.cost >= result.value.cost))
    return;
  result.feasible = true;
  result.solution = std::move(solution);
  result.value = value;
  if (options.onImprovement)
    options.onImprovement(seconds(), result.solution, result.value);
}

/// What any solution costs that takes a term which counts as forbidden.
WideCost SolverRun::boundWithForbidden() const {
  WideCost bound = forbiddenCost;
  auto addLeast = [&](const RaggedArray &lists) {
    for (std::size_t i = 0; i < lists.size(); ++i)
      bound += std::min<std::int64_t>(0, *llvm::min_element(lists[i]));
  };
  addLeast(problem.nodeCosts);
  addLeast(problem.edgeCosts);
  return bound;
}

/// In the soft problem, terms above a cut-off count as the cut-off. A solution
/// with k of them truly costs at least k times the difference more.
WideCost SolverRun::softBound(double bound) const {
  std::int64_t cutOff = softCutOff(problem), leastCut = INT64_MAX;
  WideCost uncut = 0;
  auto scan = [&](const RaggedArray &lists) {
    for (std::size_t i = 0; i < lists.size(); ++i) {
      std::int64_t most = 0;
      for (std::int64_t cost : lists[i]) {
        if (cost >= cutOff)
          leastCut = std::min(leastCut, cost);
        else
          most = std::max(most, cost);
      }
      uncut += most;
    }
  };
  scan(problem.nodeCosts);
  scan(problem.edgeCosts);
  WideCost soft = wholeCost(bound), over = soft - uncut;
  WideCost terms = over > 0 ? (over + cutOff - 1) / cutOff : 0;
  return std::max(boundWithForbidden(), soft + terms * (leastCut - cutOff));
}

/// Reduces and searches. False where that is sure to have missed the best: all
/// solutions take something that counts as forbidden, and \p soft is not set.
bool SolverRun::solve(bool soft) {
  double time = std::max(0.1, 0.15 * (options.timeLimit - seconds()));
  auto reduced = simplify(problem, soft, time, deadline);
  if (!reduced)
    return late();
  double bound =
      search(*reduced, [&](const Assignment &a) { offer(reduced->expand(a)); },
             1e300, {});
  result.lowerBound = soft ? softBound(bound)
                           : std::min(wholeCost(bound), boundWithForbidden());
  return late() || result.value.cost < forbiddenCost;
}

/// Searches, and where the bound shows many values useless, searches what is
/// left without them. Returns a lower bound, or \p cost if nothing is below it.
double SolverRun::search(const ReducedProblem &reduced,
                         const Portfolio::Observer &observer, double cost,
                         Assignment best) {
  auto observe = [&](const Assignment &assignment) {
    best = assignment;
    cost = reduced.cost(assignment);
    observer(assignment);
  };
  if (reduced.size() == 0) {
    if (reduced.constant < cost)
      observe({});
    return cost;
  }
  Portfolio portfolio(reduced, deadline, options.seed, observe, cost, best);
  portfolio.run(std::max(1, options.threads));
  double bound = std::min(cost, portfolio.bound());
  if (portfolio.useless().empty() || late())
    return bound;
  NestedProblem nested(reduced, portfolio.useless(),
                       0.15 * (options.timeLimit - seconds()), deadline);
  if (!nested.problem())
    return late() ? bound : cost;
  auto lift = [&](const Assignment &inner) { observe(nested.lift(inner)); };
  double inner = search(*nested.problem(), lift, cost, nested.project(best));
  return std::min(cost, std::max(bound, inner));
}

ShardingResult SolverRun::run() {
  offer(problem.leastUsage());
  if (result.feasible && !late() && !solve(/*soft=*/false))
    solve(/*soft=*/true);
  result.lowerBound = std::min(result.lowerBound, result.value.cost);
  result.seconds = seconds();
  return result;
}

ShardingResult mpc::solveSharding(const ShardingProblem &problem,
                                  const ShardingOptions &options) {
  return SolverRun(problem, options).run();
}

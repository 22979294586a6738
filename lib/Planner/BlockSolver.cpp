#include "mpc/Planner/BlockSolver.h"
#include "BlockPlanner.h"
#include "MinPlus.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

BlockSolver::BlockSolver(const ReducedProblem &problem)
    : problem(problem), allowed(problem.size()),
      positionOf(problem.size(), -1) {}

void BlockSolver::restrict(int variable, std::vector<int> values) {
  if (allowed[variable].empty())
    restricted.push_back(variable);
  allowed[variable] = std::move(values);
}

void BlockSolver::clearRestrictions() {
  for (int v : restricted)
    allowed[v].clear();
  restricted.clear();
}

BlockPlan BlockSolver::plan(llvm::ArrayRef<int> variables, double tableLimit,
                            double cellLimit, Random &random) {
  for (int i = 0; i < int(variables.size()); ++i)
    positionOf[variables[i]] = i;
  std::vector<std::vector<int>> neighbours(variables.size());
  std::vector<double> logSizes;
  for (int i = 0; i < int(variables.size()); ++i) {
    logSizes.push_back(std::log(domain(variables[i])));
    for (const auto &arc : problem.arcs(variables[i]))
      if (positionOf[arc.other] >= 0)
        neighbours[i].push_back(positionOf[arc.other]);
  }
  for (int v : variables)
    positionOf[v] = -1;
  return BlockPlanner(variables, std::move(logSizes), std::move(neighbours),
                      tableLimit, cellLimit, random)
      .run();
}

double *BlockSolver::allocate(std::size_t count) {
  while (arenaBlock < arena.size() &&
         arena[arenaBlock].size() - arenaUsed < count) {
    ++arenaBlock;
    arenaUsed = 0;
  }
  if (arenaBlock == arena.size())
    arena.emplace_back(std::max<std::size_t>(count, std::size_t(1) << 18));
  double *place = arena[arenaBlock].data() + arenaUsed;
  arenaUsed += count;
  return place;
}

/// The arc's table over the allowed values, major in \p v.
const double *BlockSolver::pairTable(int v, const ReducedProblem::Arc &arc) {
  if (allowed[v].empty() && allowed[arc.other].empty())
    return arc.table;
  int rows = domain(v), columns = domain(arc.other),
      width = problem.domain(arc.other);
  double *table = allocate(std::size_t(rows) * columns);
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      table[r * columns + c] =
          arc.table[std::size_t(value(v, r)) * width + value(arc.other, c)];
  return table;
}

void BlockSolver::load(const BlockPlan &plan, const Assignment &assignment) {
  int count = int(plan.order.size());
  arenaBlock = arenaUsed = 0;
  buckets.assign(count, {});
  heldCost.assign(count, {});
  local.resize(count);
  choice.assign(count, 0);
  edgeFactors.assign(count, 0);
  for (int p = 0; p < count; ++p)
    positionOf[plan.order[p]] = p;
  for (int p = 0; p < count; ++p) {
    int v = plan.order[p];
    heldCost[p].assign(domain(v), 0);
    for (const auto &arc : problem.arcs(v)) {
      int q = positionOf[arc.other];
      if (q > p) {
        buckets[p].push_back(
            {pairTable(v, arc), {q}, std::size_t(domain(arc.other))});
      } else if (q < 0) {
        const auto &edge = problem.edges[arc.edge];
        const double *row =
            (edge.first == v ? edge.transposed : edge.table) +
            std::size_t(assignment[arc.other]) * problem.domain(v);
        for (int i = 0; i < domain(v); ++i)
          heldCost[p][i] += row[value(v, i)];
      }
    }
    edgeFactors[p] = int(buckets[p].size());
  }
  for (int v : plan.order)
    positionOf[v] = -1;
  solveBlock = arenaBlock;
  solveUsed = arenaUsed;
}

/// Fills \p out over the scope of the variable at \p position.
void BlockSolver::eliminate(const BlockPlan &plan, int position, double *out) {
  const std::vector<int> &scope = plan.scope[position];
  int dimensions = int(scope.size()), count = int(buckets[position].size());
  llvm::SmallVector<int, 16> sizes, index(dimensions);
  for (int q : scope)
    sizes.push_back(domain(plan.order[q]));
  llvm::SmallVector<MinPlusTerm, 16> terms;
  llvm::SmallVector<std::size_t, 64> strides(count * dimensions);
  for (int f = 0; f < count; ++f) {
    const Factor &factor = buckets[position][f];
    std::size_t *stride = strides.data() + f * dimensions, step = 1;
    for (int i = int(factor.scope.size()) - 1, d = dimensions - 1; i >= 0;
         --i, --d) {
      while (scope[d] != factor.scope[i])
        --d;
      stride[d] = step;
      step *= sizes[d];
    }
    bool inner = !factor.scope.empty() && factor.scope.back() == scope.back();
    terms.push_back({factor.table, factor.slice, inner, 0, stride});
  }
  minPlusEliminate(local[position].data(), int(local[position].size()),
                   terms.data(), count, sizes.data(), dimensions, index.data(),
                   out);
}

/// The best value once everything eliminated later is known.
int BlockSolver::chooseBest(const BlockPlan &plan, int position) {
  std::vector<double> &total = local[position];
  for (const Factor &factor : buckets[position]) {
    std::size_t offset = 0;
    for (int q : factor.scope)
      offset = offset * domain(plan.order[q]) + choice[q];
    for (std::size_t i = 0; i < total.size(); ++i)
      total[i] += factor.table[offset + i * factor.slice];
  }
  return int(std::min_element(total.begin(), total.end()) - total.begin());
}

double BlockSolver::solve(const BlockPlan &plan, llvm::ArrayRef<double> unary,
                          Assignment &assignment) {
  arenaBlock = solveBlock;
  arenaUsed = solveUsed;
  double total = 0;
  int count = int(plan.order.size());
  for (int p = 0; p < count; ++p) {
    int v = plan.order[p];
    buckets[p].resize(edgeFactors[p]);
    local[p] = heldCost[p];
    for (int i = 0; i < domain(v); ++i)
      local[p][i] += unary[problem.valueOffset[v] + value(v, i)];
  }
  for (int p = 0; p < count; ++p) {
    const std::vector<int> &scope = plan.scope[p];
    if (scope.empty())
      continue;
    std::size_t entries = 1;
    for (int q : scope)
      entries *= domain(plan.order[q]);
    double *out = allocate(entries);
    eliminate(plan, p, out);
    buckets[scope[0]].push_back(
        {out, std::vector<int>(scope.begin() + 1, scope.end()),
         entries / domain(plan.order[scope[0]])});
  }
  for (int p = count - 1; p >= 0; --p) {
    choice[p] = chooseBest(plan, p);
    if (plan.scope[p].empty())
      total += local[p][choice[p]];
    assignment[plan.order[p]] = value(plan.order[p], choice[p]);
  }
  return total;
}

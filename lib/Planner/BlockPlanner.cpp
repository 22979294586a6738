#include "BlockPlanner.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

BlockPlanner::BlockPlanner(llvm::ArrayRef<int> variables,
                           std::vector<double> logSizes,
                           std::vector<std::vector<int>> neighbours,
                           double tableLimit, double cellLimit, Random &random)
    : variables(variables), logSizes(std::move(logSizes)),
      neighbours(std::move(neighbours)), logLimit(std::log(tableLimit)),
      cellLimit(cellLimit), random(random), state(variables.size(), Waiting),
      logTable(variables.size()), version(variables.size()) {}

void BlockPlanner::remove(int v) {
  for (int n : neighbours[v]) {
    llvm::erase(neighbours[n], v);
    logTable[n] -= logSizes[v];
    touched.push_back(n);
  }
}

void BlockPlanner::connect(int a, int b) {
  if (llvm::is_contained(neighbours[a], b))
    return;
  neighbours[a].push_back(b);
  neighbours[b].push_back(a);
  logTable[a] += logSizes[b];
  logTable[b] += logSizes[a];
}

void BlockPlanner::push(int v) {
  queue.push(
      {logTable[v] + logSizes[v] + 0.3 * uniform(random), ++version[v], v});
}

/// The variable to hold so that v's table shrinks: well connected and large.
int BlockPlanner::chooseHeld(int v) {
  int best = v;
  double most = 0;
  for (int n : neighbours[v]) {
    double weight =
        double(neighbours[n].size()) * logSizes[n] * (0.5 + uniform(random));
    if (weight > most) {
      most = weight;
      best = n;
    }
  }
  return best;
}

void BlockPlanner::eliminate(int v) {
  state[v] = Eliminated;
  order.push_back(v);
  cells += std::exp(logTable[v]);
  const std::vector<int> scope = neighbours[v];
  remove(v);
  for (std::size_t i = 0; i < scope.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      connect(scope[i], scope[j]);
}

BlockPlan BlockPlanner::run() {
  for (int v = 0; v < int(variables.size()); ++v) {
    logTable[v] = logSizes[v];
    for (int n : neighbours[v])
      logTable[v] += logSizes[n];
    push(v);
  }
  while (!queue.empty()) {
    auto [score, stamp, v] = queue.top();
    queue.pop();
    if (stamp != version[v] || state[v] != Waiting)
      continue;
    bool tooLarge = logTable[v] > logLimit && !neighbours[v].empty();
    bool tooMuch = cells + std::exp(logTable[v]) > cellLimit;
    if (!tooLarge && !tooMuch) {
      eliminate(v);
    } else {
      int held = tooLarge ? chooseHeld(v) : v;
      state[held] = Held;
      remove(held);
      if (held != v)
        push(v);
    }
    for (int n : touched)
      if (state[n] == Waiting)
        push(n);
    touched.clear();
  }
  return finish();
}

/// Scopes from the order: what is left of v's neighbours when v goes.
BlockPlan BlockPlanner::finish() {
  BlockPlan plan;
  plan.cells = cells;
  std::vector<int> position(variables.size(), -1);
  for (int i = 0; i < int(order.size()); ++i) {
    position[order[i]] = i;
    plan.order.push_back(variables[order[i]]);
  }
  // `neighbours` of an eliminated variable still lists its scope.
  for (int v : order) {
    std::vector<int> scope;
    for (int n : neighbours[v])
      if (position[n] >= 0)
        scope.push_back(position[n]);
    llvm::sort(scope);
    plan.scope.push_back(std::move(scope));
  }
  return plan;
}

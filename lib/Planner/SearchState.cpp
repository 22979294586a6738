#include "mpc/Planner/SearchState.h"
#include <algorithm>

using namespace mpc;

SearchState::SearchState(const ReducedProblem &problem,
                         Clock::time_point deadline)
    : problem(problem), deadline(deadline), rows(problem),
      queued(problem.size()) {
  assign(Assignment(problem.size(), 0));
}

void SearchState::addEdgeCosts(int v, int value, double sign) {
  for (const auto &arc : problem.arcs(v)) {
    int size = problem.domain(arc.other);
    const double *row = arc.table + std::size_t(value) * size;
    double *costs = conditional.data() + problem.valueOffset[arc.other];
    for (int y = 0; y < size; ++y)
      costs[y] += sign * row[y];
  }
}

void SearchState::assign(Assignment next) {
  Assignment owned = std::move(next);
  current = std::move(owned);
  changes.clear();
  conditional = problem.unary;
  for (int v = 0; v < problem.size(); ++v)
    addEdgeCosts(v, current[v], 1);
  total = problem.cost(current);
  rows.assign(current);
}

void SearchState::move(int v, int value) {
  int before = current[v];
  if (before == value)
    return;
  changes.emplace_back(v, before);
  total += delta(v, value);
  rows.move(v, before, value);
  current[v] = value;
  for (const auto &arc : problem.arcs(v)) {
    int size = problem.domain(arc.other);
    const double *fresh = arc.table + std::size_t(value) * size;
    const double *stale = arc.table + std::size_t(before) * size;
    double *costs = conditional.data() + problem.valueOffset[arc.other];
    for (int y = 0; y < size; ++y)
      costs[y] += fresh[y] - stale[y];
  }
}

void SearchState::moveTo(const Assignment &next) {
  for (int v = 0; v < problem.size(); ++v)
    move(v, next[v]);
}

void SearchState::undo() {
  std::vector<std::pair<int, int>> back = std::move(changes);
  for (auto change = back.rbegin(); change != back.rend(); ++change)
    move(change->first, change->second);
  changes.clear();
}

bool SearchState::improve(int v) {
  // Less than half a unit is rounding noise: costs are integers.
  double best = -0.5;
  int choice = -1;
  for (int y = 0; y < problem.domain(v); ++y)
    if (double d = delta(v, y); d < best && fits(v, y)) {
      best = d;
      choice = y;
    }
  if (choice >= 0)
    move(v, choice);
  return choice >= 0;
}

void SearchState::descend(std::vector<int> &queue) {
  for (int v : queue)
    queued[v] = 1;
  bool late = false;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    int v = queue[i];
    queued[v] = 0;
    late = late || (i % 256 == 255 && Clock::now() >= deadline);
    if (late || !improve(v))
      continue;
    for (const auto &arc : problem.arcs(v))
      if (!queued[arc.other]) {
        queued[arc.other] = 1;
        queue.push_back(arc.other);
      }
  }
}

void SearchState::polish() {
  std::vector<int> queue;
  auto add = [&](int v) {
    if (!queued[v]) {
      queued[v] = 1;
      queue.push_back(v);
    }
  };
  for (auto [v, before] : changes) {
    add(v);
    for (const auto &arc : problem.arcs(v))
      add(arc.other);
  }
  descend(queue);
}

void SearchState::polishAll() {
  std::vector<int> queue(problem.size());
  for (int v = 0; v < problem.size(); ++v)
    queue[v] = v;
  descend(queue);
}

/// Takes the change that costs least for the bytes it frees at \p row.
bool SearchState::relieve(int row) {
  double need = double(-rows.room(row)), best = 1e300;
  int variable = -1, choice = -1;
  for (int v = 0; v < problem.size(); ++v)
    for (const auto &piece : problem.pieces(v)) {
      if (row < piece.begin || row >= piece.end)
        continue;
      for (int y = 0; y < problem.domain(v); ++y) {
        double freed = double(piece.excess[current[v]] - piece.excess[y]);
        if (freed <= 0)
          continue;
        double d = delta(v, y);
        double score = d > 0 ? d / std::min(freed, need) : d;
        if (score < best) {
          best = score;
          variable = v;
          choice = y;
        }
      }
    }
  if (variable >= 0)
    move(variable, choice);
  return variable >= 0;
}

bool SearchState::repair(int steps, double costLimit) {
  while (!rows.feasible()) {
    if (steps-- == 0 || total > costLimit || Clock::now() >= deadline ||
        !relieve(rows.tightestRow()))
      return false;
  }
  return true;
}

#include "FeasibleStart.h"
#include <algorithm>

using namespace mpc;

FeasibleStart::FeasibleStart(const ReducedProblem &problem, Random &random)
    : problem(problem), random(random), loads(problem),
      weight(problem.rows(), 1), changedAt(problem.size(), -1000) {}

double FeasibleStart::growth(const Assignment &assignment, int v,
                             int value) const {
  double sum = 0;
  for (const auto &piece : problem.pieces(v)) {
    std::int64_t more = piece.excess[value] - piece.excess[assignment[v]];
    if (more == 0)
      continue;
    for (int row = piece.begin; row < piece.end; ++row) {
      std::int64_t before = std::min<std::int64_t>(0, loads.room(row)),
                   after = std::min<std::int64_t>(0, loads.room(row) - more);
      sum += weight[row] * double(before - after);
    }
  }
  return sum;
}

int FeasibleStart::pickExceededRow() {
  int picked = -1, seen = 0;
  for (int row = 0; row < problem.rows(); ++row)
    if (loads.room(row) < 0 && random() % ++seen == 0)
      picked = row;
  return picked;
}

/// The change that frees bytes at \p row and is best over all rows. What has
/// changed lately stays.
FeasibleStart::Change FeasibleStart::bestChange(const Assignment &assignment,
                                                int row) {
  Change best;
  long rest = 3 + long(random() % 10);
  for (int v = 0; v < problem.size(); ++v) {
    if (steps - changedAt[v] < rest)
      continue;
    for (const auto &piece : problem.pieces(v)) {
      if (row < piece.begin || row >= piece.end)
        continue;
      for (int y = 0; y < problem.domain(v); ++y) {
        if (piece.excess[y] >= piece.excess[assignment[v]])
          continue;
        double overflow = growth(assignment, v, y);
        if (best.variable < 0 || overflow < best.overflow)
          best = {v, y, overflow};
      }
    }
  }
  return best;
}

bool FeasibleStart::run(Assignment &assignment,
                        std::chrono::steady_clock::time_point until) {
  loads.assign(assignment);
  for (; !loads.feasible(); ++steps) {
    if (std::chrono::steady_clock::now() >= until)
      return false;
    Change change = bestChange(assignment, pickExceededRow());
    if (change.variable < 0 || change.overflow >= 0)
      for (int row = 0; row < problem.rows(); ++row)
        if (loads.room(row) < 0)
          weight[row] += 1;
    if (change.variable < 0)
      continue;
    loads.move(change.variable, assignment[change.variable], change.value);
    assignment[change.variable] = change.value;
    changedAt[change.variable] = steps;
  }
  return true;
}

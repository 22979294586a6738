#include "mpc/Planner/BranchAndBound.h"
#include <algorithm>

using namespace mpc;

/// Costs are whole numbers, so one unit less than the cutoff is the next best.
static double highestUseful(double cutoff) { return cutoff - 1; }

BranchAndBound::BranchAndBound(const ReducedProblem &problem,
                               PriceAscent &ascent, std::function<bool()> stop,
                               std::size_t memoryLimit)
    : problem(problem), ascent(ascent), stop(std::move(stop)),
      dual(ascent.dual()), floor(problem), root(ascent.dual().save()),
      memoryLimit(memoryLimit), diving(true), divingBound(ascent.bound()),
      divingPrices(ascent.bestPrices()),
      rootMarginals(problem.unary.size(), -1e300) {
  ascent.restart(divingPrices);
}

std::size_t BranchAndBound::Subproblem::bytes() const {
  return dead.capacity() / 8 + prices.capacity() * sizeof prices[0] + 150;
}

double BranchAndBound::bound() const {
  double least = diving ? divingBound : 1e300;
  return open.empty() ? least : std::min(least, open.begin()->first);
}

BranchAndBound::Subproblem BranchAndBound::takeNext() {
  auto next = openBytes > memoryLimit ? std::prev(open.end()) : open.begin();
  divingBound = next->first;
  Subproblem subproblem = std::move(next->second);
  openBytes -= subproblem.bytes();
  open.erase(next);
  return subproblem;
}

void BranchAndBound::load(const Subproblem &subproblem) {
  dual.restore(root);
  empty = false;
  for (int v = 0; v < problem.size(); ++v)
    for (int y = 0; y < problem.domain(v); ++y)
      if (subproblem.dead[problem.valueOffset[v] + y] && dual.alive(v, y))
        kill(v, y);
  divingPrices.assign(problem.rows(), 0);
  for (auto [row, price] : subproblem.prices)
    divingPrices[row] = price;
  ascent.restart(divingPrices);
}

/// False, and nothing is left of the subproblem, if that was the last value.
bool BranchAndBound::kill(int v, int value) {
  if (dual.aliveCount(v) == 1) {
    empty = true;
    return false;
  }
  dual.kill(v, value);
  return true;
}

/// Drops values whose own bound reaches the cutoff.
bool BranchAndBound::killDear(double cutoff) {
  // Beliefs are sums with rounding errors far below this.
  double slack = highestUseful(cutoff) + 1e-12 * cutoff - dual.marginalBase();
  bool changed = false;
  for (int v = 0; v < problem.size() && !empty; ++v) {
    auto belief = dual.belief(v);
    double least = *std::min_element(belief.begin(), belief.end());
    for (int y = 0; y < problem.domain(v) && !empty; ++y)
      if (dual.alive(v, y) && belief[y] - least > slack)
        changed |= kill(v, y);
  }
  return changed;
}

void BranchAndBound::noteMarginals() {
  for (int v = 0; v < problem.size(); ++v) {
    auto belief = dual.belief(v);
    double least = *std::min_element(belief.begin(), belief.end());
    for (int y = 0; y < problem.domain(v); ++y) {
      double &known = rootMarginals[problem.valueOffset[v] + y];
      known = std::max(known, dual.marginalBase() + belief[y] - least);
    }
  }
}

/// Drops values that do not fit even if all others take their least.
bool BranchAndBound::killUnfitting() {
  if (problem.rows() == 0)
    return false;
  floor.assignFloor([&](int v, int y) { return dual.alive(v, y); });
  if (!floor.feasible()) {
    empty = true;
    return false;
  }
  bool changed = false;
  for (int v = 0; v < problem.size() && !empty; ++v)
    for (const auto &piece : problem.pieces(v)) {
      if (dual.aliveCount(v) == 1)
        break;
      std::int64_t room = floor.leastRoom(piece.begin, piece.end),
                   least = INT64_MAX;
      for (int y = 0; y < problem.domain(v); ++y)
        if (dual.alive(v, y))
          least = std::min(least, piece.excess[y]);
      for (int y = 0; y < problem.domain(v) && !empty; ++y)
        if (dual.alive(v, y) && piece.excess[y] - least > room)
          changed |= kill(v, y);
    }
  return changed;
}

/// Raises the subproblem's bound while that goes fast. False if it is closed.
bool BranchAndBound::tighten(double cutoff) {
  double before = divingBound;
  for (int round = 0; round < 30 && !stop(); ++round) {
    while (!stop() && killUnfitting())
      ;
    if (empty)
      return false;
    std::vector<double> tried = ascent.prices().price;
    double bound = ascent.step(cutoff);
    if (bound > divingBound) {
      divingBound = bound;
      divingPrices = std::move(tried);
    }
    if (divingBound > highestUseful(cutoff))
      return false;
    if (count == 1)
      noteMarginals();
    bool killed = killDear(cutoff);
    if (empty)
      return false;
    double gain = divingBound - before;
    if (round >= 2 && !killed && gain < 0.02 * (cutoff - divingBound))
      break;
    before = divingBound;
  }
  return true;
}

/// The open variable that prices or beliefs leave most in doubt: two values of
/// nearly equal belief that differ much in memory, or simply close ones.
BranchAndBound::Choice BranchAndBound::choose() const {
  Choice best;
  double bestScore = -1;
  for (int v = 0; v < problem.size(); ++v) {
    if (dual.aliveCount(v) == 1)
      continue;
    auto belief = dual.belief(v);
    int first = -1, second = -1;
    for (int y = 0; y < problem.domain(v); ++y) {
      if (!dual.alive(v, y))
        continue;
      if (first < 0 || belief[y] < belief[first]) {
        second = first;
        first = y;
      } else if (second < 0 || belief[y] < belief[second]) {
        second = y;
      }
    }
    double memory = 0;
    for (int y = 0; y < problem.domain(v); ++y)
      if (dual.alive(v, y))
        memory = std::max(memory, std::abs(ascent.prices().of(v, y) -
                                           ascent.prices().of(v, first)));
    double regret = belief[second] - belief[first];
    double score = (memory + regret + 1) / (1 + 0.1 * dual.aliveCount(v));
    if (score > bestScore) {
      bestScore = score;
      best = {v, first};
    }
  }
  return best;
}

/// Puts the rest of the domain aside and goes on with one value.
void BranchAndBound::split(Choice choice, double cutoff) {
  auto [v, value] = choice;
  Subproblem rest;
  rest.dead.reserve(problem.unary.size());
  for (int u = 0; u < problem.size(); ++u)
    for (int y = 0; y < problem.domain(u); ++y)
      rest.dead.push_back(!dual.alive(u, y) || (u == v && y == value));
  for (int row = 0; row < problem.rows(); ++row)
    if (divingPrices[row] > 0)
      rest.prices.emplace_back(row, divingPrices[row]);
  openBytes += rest.bytes();
  open.emplace(divingBound, std::move(rest));
  for (int y = 0; y < problem.domain(v); ++y)
    if (y != value && dual.alive(v, y))
      dual.kill(v, y);
}

void BranchAndBound::step(double cutoff,
                          llvm::function_ref<void(const Assignment &)> offer) {
  if (!diving) {
    while (!open.empty() &&
           std::prev(open.end())->first > highestUseful(cutoff)) {
      openBytes -= std::prev(open.end())->second.bytes();
      open.erase(std::prev(open.end()));
    }
    if (open.empty())
      return;
    diving = true;
    load(takeNext());
  }
  bool first = count++ == 0;
  if (empty || !tighten(cutoff))
    return close();
  if (stop())
    return; // Still diving: the bound of what is left stands.
  if (first)
    root = dual.save();
  offer(dual.rounding());
  Choice choice = choose();
  if (choice.variable >= 0)
    return split(choice, cutoff);
  close(); // One assignment is left, and it has been offered.
}

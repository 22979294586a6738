#include "Portfolio.h"
#include <algorithm>
#include <cmath>
#include <thread>

using namespace mpc;

static double secondsSince(Portfolio::Clock::time_point start) {
  return std::chrono::duration<double>(Portfolio::Clock::now() - start).count();
}

/// How long a thread stays with one task before it looks up: a moment at first,
/// so that small problems are done at once.
double Portfolio::slice() const {
  return std::clamp(0.1 * secondsSince(start), 0.0005, 0.03);
}

Portfolio::Portfolio(const ReducedProblem &problem, Clock::time_point deadline,
                     std::uint64_t seed, Observer observer, double cost,
                     Assignment hint)
    : problem(problem), deadline(deadline), start(Clock::now()), seed(seed),
      observer(std::move(observer)), hint(std::move(hint)), bestCost(cost),
      prices(problem.rows()), ascent(problem), lowerBound(problem.constant) {}

/// Costs are whole numbers: a bound above cost - 1 proves it.
void Portfolio::closeIfProved() {
  if (std::ceil(lowerBound) >= bestCost)
    closed = true;
}

/// With a quarter of the values gone, the exact reductions find more to do.
void Portfolio::stopIfReducible() {
  // A tree that is about to finish needs no help.
  if (closed || secondsSince(start) < 0.3 || tree->marginals().empty())
    return;
  double limit = bestCost - 1 + 1e-12 * std::fabs(bestCost);
  std::vector<char> dead;
  for (double marginal : tree->marginals())
    dead.push_back(marginal > limit);
  if (std::size_t(llvm::count(dead, 1)) * 4 < dead.size())
    return;
  deadValues = std::move(dead);
  closed = true;
}

void Portfolio::publish(LocalSearch &search) {
  std::lock_guard lock(bestMutex);
  if (!search.hasBest() || search.bestCost() >= bestCost)
    return;
  best = search.best();
  if (bestCost - search.bestCost() > 1e-5 * std::fabs(search.bestCost()))
    lastCostGain = secondsSince(start);
  bestCost = search.bestCost();
  ++bestVersion;
  observer(best);
  closeIfProved();
}

/// Takes prices and solutions that others have found.
void Portfolio::exchange(LocalSearch &search) {
  Assignment other;
  {
    std::lock_guard lock(bestMutex);
    search.setPrices(prices);
    if (!best.empty() &&
        bestCost < (search.hasBest() ? search.bestCost() : 1e300))
      other = best;
  }
  if (other.empty())
    return;
  if (search.hasBest())
    search.recombine(other);
  search.consider(other);
}

/// Half of all time until the prices stand, while the bound rises, or while
/// nothing else goes on; else a tenth.
bool Portfolio::dualIsDue() const {
  double now = secondsSince(start), patience = 0.3 + 0.1 * now;
  bool boundRises = now - lastBoundGain < patience;
  bool costFalls = now - lastCostGain < patience;
  double share = !pricesStand || boundRises || !costFalls ? 0.5 : 0.1;
  return dualSeconds <= share * (dualSeconds + searchSeconds);
}

/// Sweeps and prices; returns the bound.
double Portfolio::ascend() {
  auto begin = Clock::now();
  double length = slice();
  bool stalled = false;
  do {
    windowBest = std::max(windowBest, ascent.step(bestCost));
    if (++windowSteps < 25)
      continue;
    // New prices may lower the bound for a while: compare with the last window.
    // The tree goes on ascending, and its dives find solutions: no need to
    // wait.
    double gap = std::max(0.0, std::min(bestCost.load(), 1e18) - windowBest);
    stalled = windowBest - lastWindowBest <
              std::min(1e-3 * std::fabs(windowBest), 0.1 * gap);
    lastWindowBest = windowBest;
    windowBest = -1e300;
    windowSteps = 0;
  } while (secondsSince(begin) < length && !stalled && !finished());
  if (stalled) {
    tree = std::make_unique<BranchAndBound>(problem, ascent,
                                            [this] { return finished(); });
    pricesStand = true;
  }
  return ascent.bound();
}

/// Works on subproblems; returns the bound.
double Portfolio::branch(LocalSearch &search) {
  auto begin = Clock::now();
  double length = slice();
  do {
    tree->step(bestCost, [&](const Assignment &rounding) {
      double worthALook = bestCost + 0.02 * std::fabs(bestCost);
      if (problem.cost(rounding) < worthALook && search.consider(rounding))
        publish(search);
    });
  } while (secondsSince(begin) < length && !finished() && !tree->finished());
  return std::min(tree->bound(), bestCost.load());
}

void Portfolio::raiseBound(LocalSearch &search) {
  auto begin = Clock::now();
  bool ascending = !tree;
  double before = lowerBound, now = ascending ? ascend() : branch(search);
  if (now - before > 1e-5 * std::fabs(now))
    lastBoundGain = secondsSince(start);
  {
    std::lock_guard lock(bestMutex);
    lowerBound = std::max(before, now);
    if (ascending) {
      prices = ascent.bestPrices();
      ++priceVersion;
    }
    closeIfProved();
    if (!ascending)
      stopIfReducible();
  }
  if (ascending && !finished())
    search.consider(ascent.dual().rounding());
  dualSeconds = dualSeconds + secondsSince(begin);
}

static Assignment leastUsage(const ReducedProblem &problem) {
  Assignment assignment;
  for (int v = 0; v < problem.size(); ++v) {
    std::vector<double> bytes(problem.domain(v));
    for (const auto &piece : problem.pieces(v))
      for (int y = 0; y < problem.domain(v); ++y)
        bytes[y] += double(piece.excess[y]);
    assignment.push_back(
        int(std::min_element(bytes.begin(), bytes.end()) - bytes.begin()));
  }
  return assignment;
}

void Portfolio::work(int thread, double cellLimit) {
  LocalSearch search(problem, seed * 1000 + thread, deadline, cellLimit);
  int seenBest = 0, seenPrices = 0;
  // Without a hint, something that fits comes first: it may be dear.
  if (search.consider(hint.empty() ? leastUsage(problem) : hint))
    publish(search);
  while (!finished()) {
    if (seenBest != bestVersion || seenPrices != priceVersion) {
      seenBest = bestVersion;
      seenPrices = priceVersion;
      exchange(search);
      publish(search);
    }
    if (dualIsDue() && dualMutex.try_lock()) {
      std::lock_guard lock(dualMutex, std::adopt_lock);
      raiseBound(search);
      publish(search);
      continue;
    }
    auto begin = Clock::now();
    double length = slice();
    while (secondsSince(begin) < length && !finished())
      if (search.hasBest() ? search.step() : search.findFeasible(length))
        publish(search);
    std::lock_guard lock(bestMutex);
    searchSeconds = searchSeconds + secondsSince(begin);
  }
}

void Portfolio::run(int threads) {
  // Many threads share the memory that tables may take.
  double cellLimit = 8e8 / std::max(4, threads);
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back([=, this] { work(thread, cellLimit); });
  work(0, cellLimit);
  for (std::thread &other : others)
    other.join();
}

#include "Portfolio.h"
#include <cmath>
#include <thread>

using namespace mpc;

static double secondsSince(Portfolio::Clock::time_point start) {
  return std::chrono::duration<double>(Portfolio::Clock::now() - start).count();
}

/// How long a thread stays with one task before it looks up.
static constexpr double slice = 0.03;

Portfolio::Portfolio(const ReducedProblem &problem, Clock::time_point deadline,
                     std::uint64_t seed, Observer observer)
    : problem(problem), deadline(deadline), start(Clock::now()), seed(seed),
      observer(std::move(observer)), prices(problem.rows()), ascent(problem),
      lowerBound(problem.constant) {}

/// Costs are whole numbers: a bound above cost - 1 proves it.
void Portfolio::closeIfProved() {
  if (std::ceil(lowerBound) >= bestCost)
    closed = true;
}

void Portfolio::publish(LocalSearch &search) {
  std::lock_guard lock(bestMutex);
  if (!search.hasBest() || search.bestCost() >= bestCost)
    return;
  best = search.best();
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
    if (!best.empty() && bestCost < (search.hasBest() ? search.bestCost() : 1e300))
      other = best;
  }
  if (other.empty())
    return;
  if (search.hasBest())
    search.recombine(other);
  search.consider(other);
}

/// Half of all time while the bound rises, a tenth when it has stalled.
bool Portfolio::dualIsDue() const {
  double share = dualStalled ? 0.1 : 0.5;
  return dualSeconds <= share * (dualSeconds + searchSeconds);
}

void Portfolio::raiseBound(LocalSearch &search) {
  auto begin = Clock::now();
  do
    ascent.step();
  while (secondsSince(begin) < slice && !finished());
  double now = secondsSince(start);
  if (ascent.bound() - boundThen > 2e-5 * std::fabs(ascent.bound())) {
    boundThen = ascent.bound();
    lastGain = now;
  }
  dualStalled = now - lastGain > 0.5 + 0.1 * now;
  {
    std::lock_guard lock(bestMutex);
    lowerBound = std::max(lowerBound.load(), ascent.bound());
    prices = ascent.bestPrices();
    ++priceVersion;
    closeIfProved();
  }
  if (!finished())
    search.consider(ascent.dual().rounding());
  dualSeconds = dualSeconds + secondsSince(begin);
}

void Portfolio::work(int thread) {
  LocalSearch search(problem, seed * 1000 + thread);
  int seenBest = 0, seenPrices = 0;
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
    while (secondsSince(begin) < slice && !finished())
      if (search.step(deadline))
        publish(search);
    std::lock_guard lock(bestMutex);
    searchSeconds = searchSeconds + secondsSince(begin);
  }
}

void Portfolio::run(int threads) {
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back([this, thread] { work(thread); });
  work(0);
  for (std::thread &other : others)
    other.join();
}

#include "mpc/Planner/LocalSearch.h"
#include "FeasibleStart.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

LocalSearch::LocalSearch(const ReducedProblem &problem, std::uint64_t seed,
                         Clock::time_point deadline, double cellLimit)
    : problem(problem), deadline(deadline), cellLimit(cellLimit), random(seed),
      state(problem, deadline), blocks(problem), prices(problem),
      shaken(problem), unary(problem.unary), mark(problem.size()) {}

LocalSearch::~LocalSearch() = default;

void LocalSearch::setPrices(const std::vector<double> &price) {
  prices.price = price;
  prices.refresh();
}

static double seconds(LocalSearch::Clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool LocalSearch::keepIfBest() {
  if (state.cost() >= leastCost)
    return false;
  bestAssignment = state.assignment();
  leastCost = state.cost();
  found = true;
  return true;
}

bool LocalSearch::consider(const Assignment &candidate) {
  Assignment before = state.assignment();
  state.assign(candidate);
  // What is much dearer already will not become better by fitting.
  if (state.repair(1000,
                   found ? leastCost + 0.05 * std::fabs(leastCost) : 1e300)) {
    state.polishAll();
    state.refresh();
    if (keepIfBest()) {
      idleSteps = excursionSteps = 0;
      return true;
    }
  }
  state.assign(std::move(before));
  return false;
}

bool LocalSearch::findFeasible(double seconds) {
  auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                  std::chrono::duration<double>(seconds));
  Assignment candidate = state.assignment();
  if (!feasibleStart)
    feasibleStart = std::make_unique<FeasibleStart>(problem, random);
  if (feasibleStart->run(candidate, std::min(until, deadline)))
    return consider(candidate);
  state.assign(std::move(candidate)); // To go on from next time.
  return false;
}

LocalSearch::Kind LocalSearch::chooseKind() {
  // Every kind keeps a fair chance; the rest goes by gain per second.
  double rates[kinds], sum = 0;
  for (int k = 0; k < kinds; ++k)
    sum += rates[k] = arms[k].gain / arms[k].seconds;
  double pick = uniform(random);
  for (int k = 0; k < kinds; ++k) {
    double even = 1.0 / int(kinds);
    double odds = sum > 0 ? 0.5 * even + 0.5 * rates[k] / sum : even;
    if ((pick -= odds) < 0)
      return Kind(k);
  }
  return Everything;
}

std::size_t LocalSearch::randomSize() {
  double most = std::log(std::min(problem.size(), 2000));
  double least = std::log(std::min(problem.size(), 16));
  return std::size_t(std::exp(least + (most - least) * uniform(random)));
}

/// Tables grow with luck only where they are few.
double LocalSearch::randomTableLimit(Kind kind) {
  double most = kind == Everything ? 5 : 6;
  return std::pow(10.0, 3 + (most - 3) * uniform(random));
}

/// Breadth first from \p seeds, in random order among neighbours.
std::vector<int> LocalSearch::ballAround(std::vector<int> seeds,
                                         std::size_t size) {
  ++markStamp;
  for (int v : seeds)
    mark[v] = markStamp;
  for (std::size_t i = 0; i < seeds.size() && seeds.size() < size; ++i) {
    auto arcs = problem.arcs(seeds[i]);
    if (arcs.empty())
      continue;
    // Hubs would fill the ball at once: take a sample of their neighbours.
    std::size_t take = std::min<std::size_t>(arcs.size(), 12);
    std::size_t start = arcs.size() > take ? random() % arcs.size() : 0;
    for (std::size_t j = 0; j < take && seeds.size() < size; ++j) {
      int other = arcs[(start + j) % arcs.size()].other;
      if (mark[other] != markStamp) {
        mark[other] = markStamp;
        seeds.push_back(other);
      }
    }
  }
  return seeds;
}

std::vector<int> LocalSearch::chooseVariables(Kind kind) {
  std::vector<int> chosen;
  std::size_t size = randomSize();
  int count = problem.size();
  if (kind == Ball)
    return ballAround({int(random() % count)}, size);
  if (kind == TightRow && problem.rows() > 0) {
    int row = state.loads().tightestRow();
    for (int v = 0; v < count; ++v)
      if (llvm::any_of(problem.pieces(v), [&](const auto &p) {
            return p.begin <= row && row < p.end;
          }))
        chosen.push_back(v);
    std::shuffle(chosen.begin(), chosen.end(), random);
    if (chosen.size() > size / 4 + 1)
      chosen.resize(size / 4 + 1);
    if (!chosen.empty())
      return ballAround(chosen, size);
  }
  int begin = 0;
  if (kind == Stretch && std::size_t(count) > size)
    begin = int(random() % (count - size));
  else
    size = count;
  for (std::size_t i = 0; i < size; ++i)
    chosen.push_back(begin + int(i));
  return chosen;
}

/// Noise prices each variable's memory a little differently: some good
/// solutions are best at no common prices.
void LocalSearch::priceUnary(const BlockPlan &plan, double scale,
                             double noise) {
  std::normal_distribution<double> gauss;
  for (int v : plan.order) {
    double factor = scale * (noise > 0 ? std::exp(noise * gauss(random)) : 1);
    int offset = problem.valueOffset[v];
    for (int y = 0; y < problem.domain(v); ++y)
      unary[offset + y] = problem.unary[offset + y] + factor * shaken.of(v, y) +
                          0.25 * uniform(random);
  }
}

/// Now and then, rows get prices of their own, or none: with indivisible
/// choices the best solution is not where the bound is best.
void LocalSearch::shakePrices() {
  shaken.price = prices.price;
  double pick = uniform(random);
  if (pick < 0.3) {
    std::normal_distribution<double> gauss(0, uniform(random));
    for (double &price : shaken.price)
      if (price > 0)
        price *= uniform(random) < 0.2 ? 0 : std::exp(gauss(random));
  } else if (pick < 0.45) {
    std::fill(shaken.price.begin(), shaken.price.end(), 0);
  }
  shaken.refresh();
}

/// Solves the block once; keeps the result if it fits and is no worse.
bool LocalSearch::tryScale(const BlockPlan &plan, double scale, double noise,
                           bool &fitted) {
  double before = state.cost();
  priceUnary(plan, scale, noise);
  Assignment candidate = state.assignment();
  blocks.solve(plan, unary, candidate);
  for (int v : plan.order)
    state.move(v, candidate[v]);
  fitted = state.feasible();
  if (fitted || state.repair(30, before + 0.02 * std::fabs(before))) {
    state.polish();
    // Sums of many changes drift; near a decision only a fresh sum counts.
    if (state.cost() < before + 1 + 1e-9 * before &&
        problem.cost(state.assignment()) <= before) {
      state.refresh();
      keepIfBest();
      return state.cost() < before;
    }
  }
  state.undo();
  return false;
}

/// A solve does some 1e8 operations a second, and must end in time.
BlockPlan LocalSearch::planBlock(llvm::ArrayRef<int> variables,
                                 double tableLimit) {
  double left = std::max(0.0, seconds(deadline - Clock::now()));
  return blocks.plan(variables, tableLimit,
                     std::min(cellLimit, 1e5 + 1e8 * left), random);
}

bool LocalSearch::improveBlock(llvm::ArrayRef<int> variables,
                               double tableLimit) {
  BlockPlan plan = planBlock(variables, tableLimit);
  blocks.load(plan, state.assignment());
  shakePrices();
  bool priced = llvm::any_of(shaken.price, [](double p) { return p > 0; });
  double noise = uniform(random) < 0.5 ? 0 : 0.6 * uniform(random);
  double low = 0, high = 0,
         now = scale * std::exp(0.5 * (uniform(random) - 0.5));
  for (int attempt = 0; attempt < 4 && Clock::now() < deadline; ++attempt) {
    bool fitted = false;
    double used = priced ? now : 0;
    if (tryScale(plan, used, noise, fitted)) {
      scale = std::clamp(std::sqrt(scale * now), 1e-3, 1e3);
      return true;
    }
    if (!priced)
      return false;
    (fitted ? high : low) = now;
    if (attempt == 0)
      scale = std::clamp(scale * (fitted ? 0.97 : 1.05), 1e-3, 1e3);
    now = low > 0 && high > 0 ? std::sqrt(low * high)
          : fitted            ? now / 1.5
                              : now * 1.5;
  }
  return false;
}

bool LocalSearch::recombine(const Assignment &other) {
  std::vector<int> differing;
  for (int v = 0; v < problem.size(); ++v)
    if (other[v] != state.assignment()[v]) {
      differing.push_back(v);
      blocks.restrict(v, {state.assignment()[v], other[v]});
    }
  bool gained = !differing.empty() && improveBlock(differing, 1e6);
  blocks.clearRestrictions();
  return gained;
}

/// A variable that may need much memory where it is scarce.
int LocalSearch::chooseHungry() {
  std::vector<double> weights(problem.size());
  double sum = 0;
  for (int v = 0; v < problem.size(); ++v) {
    double most = 0;
    for (int y = 0; y < problem.domain(v); ++y)
      most = std::max(most, prices.of(v, y));
    sum += weights[v] = most;
  }
  if (sum == 0 || uniform(random) < 0.2)
    return int(random() % problem.size());
  double pick = uniform(random) * sum;
  for (int v = 0; v < problem.size(); ++v)
    if ((pick -= weights[v]) < 0)
      return v;
  return problem.size() - 1;
}

void LocalSearch::startExcursion() {
  idleSteps = 0;
  int v = chooseHungry();
  std::vector<int> others, all(problem.size());
  for (int y = 0; y < problem.domain(v); ++y)
    if (y != state.assignment()[v])
      others.push_back(y);
  for (int i = 0; i < problem.size(); ++i)
    all[i] = i;
  Assignment candidate = state.assignment();
  candidate[v] = others[random() % others.size()];
  // The one variable may take any of the others, and all the rest adapts.
  blocks.restrict(v, std::move(others));
  BlockPlan plan = planBlock(all, 1e5);
  blocks.load(plan, candidate);
  shakePrices();
  priceUnary(plan, scale, 0.5 * uniform(random));
  blocks.solve(plan, unary, candidate);
  blocks.clearRestrictions();
  state.assign(std::move(candidate));
  if (state.repair(300, 1e300)) {
    state.polishAll();
    state.refresh();
    excursionSteps = 15;
    keepIfBest();
  } else {
    endExcursion();
  }
}

void LocalSearch::endExcursion() {
  excursionSteps = idleSteps = 0;
  state.assign(bestAssignment);
}

bool LocalSearch::step() {
  if (problem.size() == 0)
    return false;
  double before = leastCost, now = state.cost();
  if (found && idleSteps > 30)
    startExcursion();
  auto start = Clock::now();
  Kind kind = chooseKind();
  bool gained = improveBlock(chooseVariables(kind), randomTableLimit(kind));
  for (Arm &arm : arms) {
    arm.gain *= 0.995;
    arm.seconds *= 0.995;
  }
  arms[kind].seconds += seconds(Clock::now() - start);
  arms[kind].gain += gained ? (now - state.cost()) / std::max(1.0, now) : 0;
  idleSteps = gained ? 0 : idleSteps + 1;
  if (excursionSteps > 0 && leastCost < before)
    excursionSteps = 0;
  else if (excursionSteps > 0 && --excursionSteps == 0)
    endExcursion();
  return leastCost < before;
}

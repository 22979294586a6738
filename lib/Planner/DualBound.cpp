#include "mpc/Planner/DualBound.h"
#include "MinPlus.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

DualBound::DualBound(const ReducedProblem &problem)
    : problem(problem), priced(problem.unary), beliefs(problem.unary),
      links(problem.size()), share(problem.size()), dead(problem.unary.size()),
      aliveValues(problem.size()), rounded(problem.size()) {
  std::size_t count = 0;
  int largest = 0;
  for (const auto &edge : problem.edges)
    count += problem.domain(edge.first) + problem.domain(edge.second);
  for (int v = 0; v < problem.size(); ++v)
    largest = std::max(largest, aliveValues[v] = problem.domain(v));
  messages.resize(count);
  scratch.resize(largest);
  total.resize(largest);
  double *next = messages.data();
  for (const auto &edge : problem.edges) {
    double *first = next, *second = first + problem.domain(edge.first);
    next = second + problem.domain(edge.second);
    bool ordered = edge.first < edge.second;
    links[edge.first].push_back(
        {edge.second, first, second, edge.transposed, !ordered});
    links[edge.second].push_back(
        {edge.first, second, first, edge.table, ordered});
  }
  for (int v = 0; v < problem.size(); ++v) {
    auto earlier =
        llvm::count_if(links[v], [](const Link &l) { return l.earlier; });
    auto later = std::ptrdiff_t(links[v].size()) - earlier;
    share[v] = links[v].empty() ? 0 : 1.0 / double(std::max(earlier, later));
  }
}

void DualBound::setPrices(const RowPrices &prices) {
  for (int v = 0; v < problem.size(); ++v) {
    int offset = problem.valueOffset[v];
    for (int y = 0; y < problem.domain(v); ++y)
      priced[offset + y] = problem.unary[offset + y] + prices.of(v, y);
  }
  capacityValue = prices.capacityValue();
}

/// What a dead value costs, anywhere.
static constexpr double infinite = 1e30;

void DualBound::kill(int v, int value) {
  dead[problem.valueOffset[v] + value] = 1;
  --aliveValues[v];
  for (Link &link : links[v])
    link.mine[value] = -infinite;
}

void DualBound::restore(const Snapshot &snapshot) {
  // In place: links point into the messages.
  std::copy(snapshot.messages.begin(), snapshot.messages.end(),
            messages.begin());
  dead = snapshot.dead;
  aliveValues = snapshot.aliveValues;
}

/// Takes from the edges behind all they can give; adds what those ahead gave.
void DualBound::gather(int v, bool forward, double *belief) {
  int size = problem.domain(v);
  std::copy_n(priced.data() + problem.valueOffset[v], size, belief);
  for (Link &link : links[v]) {
    if (link.earlier == forward)
      minPlusColumns(link.tableFromOther, link.others,
                     problem.domain(link.other), size, link.mine);
    for (int y = 0; y < size; ++y)
      belief[y] += link.mine[y];
  }
  if (aliveValues[v] == size)
    return;
  const char *gone = dead.data() + problem.valueOffset[v];
  for (int y = 0; y < size; ++y)
    if (gone[y]) {
      belief[y] = infinite;
      for (Link &link : links[v])
        link.mine[y] = -infinite;
    }
}

/// The best value given the choices of earlier variables.
void DualBound::choose(int v) {
  int size = problem.domain(v);
  std::copy_n(priced.data() + problem.valueOffset[v], size, total.data());
  for (const Link &link : links[v]) {
    const double *add =
        link.earlier
            ? link.tableFromOther + std::size_t(rounded[link.other]) * size
            : link.mine;
    for (int y = 0; y < size; ++y)
      total[y] += add[y];
  }
  for (int y = 0; y < size; ++y)
    if (dead[problem.valueOffset[v] + y])
      total[y] = infinite;
  rounded[v] = int(std::min_element(total.begin(), total.begin() + size) -
                   total.begin());
}

double DualBound::pass(bool forward) {
  double bound = 0;
  int count = problem.size();
  for (int i = 0; i < count; ++i) {
    int v = forward ? i : count - 1 - i, size = problem.domain(v);
    double *belief = beliefs.data() + problem.valueOffset[v];
    gather(v, forward, belief);
    int at = int(std::min_element(belief, belief + size) - belief);
    double least = belief[at];
    magnitude +=
        std::fabs(least) + std::fabs(priced[problem.valueOffset[v] + at]);
    for (const Link &link : links[v])
      magnitude += std::fabs(link.mine[at]);
    if (forward)
      choose(v);
    double kept = 1;
    for (Link &link : links[v]) {
      if (link.earlier == forward)
        continue;
      kept -= share[v];
      for (int y = 0; y < size; ++y)
        if (belief[y] < infinite)
          link.mine[y] -= share[v] * belief[y];
    }
    // With all given away, what is left is rounding noise around zero.
    if (kept > 1e-9)
      bound += kept * least;
  }
  return bound;
}

/// Every sum behind the bound has a few roundings of 2^-53 of its terms.
double DualBound::soundBound(double passBound) const {
  return problem.constant + passBound - capacityValue - magnitude * 4e-15;
}

double DualBound::sweep() {
  magnitude = std::fabs(capacityValue) + std::fabs(problem.constant);
  forwardBound = soundBound(pass(true));
  magnitude = std::fabs(capacityValue) + std::fabs(problem.constant);
  return soundBound(pass(false));
}

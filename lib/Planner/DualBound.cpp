#include "mpc/Planner/DualBound.h"
#include "MinPlus.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

DualBound::DualBound(const ReducedProblem &problem)
    : problem(problem), priced(problem.unary), beliefs(problem.unary),
      links(problem.size()), share(problem.size()), rounded(problem.size()) {
  std::size_t count = 0;
  int largest = 0;
  for (const auto &edge : problem.edges)
    count += problem.domain(edge.first) + problem.domain(edge.second);
  for (int v = 0; v < problem.size(); ++v)
    largest = std::max(largest, problem.domain(v));
  messages.resize(count);
  scratch.resize(largest);
  total.resize(largest);
  double *next = messages.data();
  for (const auto &edge : problem.edges) {
    double *first = next, *second = first + problem.domain(edge.first);
    next = second + problem.domain(edge.second);
    bool ordered = edge.first < edge.second;
    links[edge.first].push_back({edge.second, first, second, edge.transposed, !ordered});
    links[edge.second].push_back({edge.first, second, first, edge.table, ordered});
  }
  for (int v = 0; v < problem.size(); ++v) {
    auto earlier = llvm::count_if(links[v], [](const Link &l) { return l.earlier; });
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

/// Takes from the edges behind all they can give; adds what those ahead gave.
void DualBound::gather(int v, bool forward, double *belief) {
  int size = problem.domain(v);
  std::copy_n(priced.data() + problem.valueOffset[v], size, belief);
  for (Link &link : links[v]) {
    if (link.earlier == forward)
      minPlusColumns(link.tableFromOther, link.others, problem.domain(link.other), size,
                     link.mine);
    for (int y = 0; y < size; ++y)
      belief[y] += link.mine[y];
  }
}

/// The best value given the choices of earlier variables.
void DualBound::choose(int v) {
  int size = problem.domain(v);
  std::copy_n(priced.data() + problem.valueOffset[v], size, total.data());
  for (const Link &link : links[v]) {
    const double *add = link.earlier
                            ? link.tableFromOther + std::size_t(rounded[link.other]) * size
                            : link.mine;
    for (int y = 0; y < size; ++y)
      total[y] += add[y];
  }
  rounded[v] = int(std::min_element(total.begin(), total.begin() + size) - total.begin());
}

double DualBound::pass(bool forward) {
  double bound = 0;
  int count = problem.size();
  for (int i = 0; i < count; ++i) {
    int v = forward ? i : count - 1 - i, size = problem.domain(v);
    double *belief = beliefs.data() + problem.valueOffset[v];
    gather(v, forward, belief);
    double least = *std::min_element(belief, belief + size);
    magnitude += std::fabs(least) * double(links[v].size() + 1);
    if (forward)
      choose(v);
    double kept = 1;
    for (Link &link : links[v]) {
      if (link.earlier == forward)
        continue;
      kept -= share[v];
      for (int y = 0; y < size; ++y)
        link.mine[y] -= share[v] * belief[y];
    }
    // With all given away, what is left is rounding noise around zero.
    if (kept > 1e-9)
      bound += kept * least;
  }
  return bound;
}

double DualBound::sweep() {
  pass(true);
  magnitude = std::fabs(capacityValue) + std::fabs(problem.constant);
  double bound = pass(false);
  return problem.constant + bound - capacityValue - magnitude * 1e-13;
}

#include "mpc/Planner/PriceAscent.h"
#include <algorithm>
#include <cmath>

using namespace mpc;

PriceAscent::PriceAscent(const ReducedProblem &problem)
    : problem(problem), messages(problem), current(problem), loads(problem),
      best(problem.rows()), bestBound(problem.constant) {}

/// The price at which enough variables would give up bytes at \p row, going by
/// their beliefs: the cheapest bytes first, until it fits.
double PriceAscent::fairPrice(int row) const {
  std::vector<std::pair<double, double>> offers; // (price per byte, bytes)
  for (int v = 0; v < problem.size(); ++v)
    for (const auto &piece : problem.pieces(v)) {
      if (row < piece.begin || row >= piece.end)
        continue;
      auto belief = messages.belief(v);
      int now = messages.rounding()[v];
      std::pair<double, double> offer(1e300, 0);
      for (int y = 0; y < problem.domain(v); ++y) {
        double bytes = double(piece.excess[now] - piece.excess[y]);
        if (bytes > 0)
          offer = std::min(
              offer, {std::max(0.0, belief[y] - belief[now]) / bytes, bytes});
      }
      if (offer.second > 0)
        offers.push_back(offer);
    }
  std::sort(offers.begin(), offers.end());
  double need = double(-loads.room(row)), price = 0;
  for (auto [each, bytes] : offers) {
    price = each;
    if ((need -= bytes) <= 0)
      break;
  }
  return price;
}

void PriceAscent::adapt(int row, Step &step) {
  int direction = loads.room(row) < 0 ? 1 : -1;
  double &price = current.price[row];
  if (direction < 0 && price == 0)
    return;
  step.size *= direction == step.direction ? 1.3 : 0.5;
  step.direction = direction;
  price = std::max(0.0, price + direction * step.size);
}

void PriceAscent::restart(const std::vector<double> &price) {
  current.price = price;
  current.refresh();
  messages.setPrices(current);
  active.clear();
  for (int row = 0; row < problem.rows(); ++row)
    if (price[row] > 0)
      active[row] = {0.05 * price[row], 0};
}

double PriceAscent::step(double target) {
  double bound = 0;
  for (int i = 0; i < 3; ++i)
    bound = messages.sweep();
  if (bound > bestBound) {
    bestBound = bound;
    best = current.price;
  }
  if (problem.rows() == 0)
    return bound;
  loads.assign(messages.rounding());
  for (auto &[row, step] : active)
    adapt(row, step);
  int row = loads.tightestRow();
  if (loads.room(row) < 0 && !active.count(row)) {
    double rise = std::max(0.0, std::min(target - bound, std::fabs(bound)));
    double price = std::min(fairPrice(row), rise / double(-loads.room(row)));
    current.price[row] += 0.5 * price;
    active[row] = {0.1 * price + 1e-9, 1};
  }
  current.refresh();
  messages.setPrices(current);
  return bound;
}

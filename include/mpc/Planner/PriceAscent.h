//===- PriceAscent.h - Prices for the rows that matter ----------*- C++ -*-===//
#ifndef MPC_PLANNER_PRICEASCENT_H
#define MPC_PLANNER_PRICEASCENT_H

#include "mpc/Planner/DualBound.h"
#include <map>

namespace mpc {

/// Raises the lower bound by sweeps and by changes of the prices in turn. Only
/// few of thousands of rows ever get a price: the tightest one of each rounding
/// that does not fit. A price grows while its row is exceeded and falls while
/// it is not, in steps that shrink whenever the direction changes.
class PriceAscent {
public:
  explicit PriceAscent(const ReducedProblem &problem);

  /// A few sweeps and one change of prices. Returns the bound before it. It
  /// cannot rise beyond \p target, the best cost known, and will hardly double
  /// at once: no first price is so high that it would, were it linear.
  double step(double target);

  double bound() const { return bestBound; }
  const RowPrices &prices() const { return current; }
  /// The prices that gave the best bound.
  const std::vector<double> &bestPrices() const { return best; }
  const DualBound &dual() const { return messages; }
  DualBound &dual() { return messages; }

  /// Sets prices aside from the ascent, and goes on from there.
  void restart(const std::vector<double> &price);

private:
  struct Step {
    double size;
    int direction;
  };
  double fairPrice(int row) const;
  void adapt(int row, Step &step);

  const ReducedProblem &problem;
  DualBound messages;
  RowPrices current;
  RowLoads loads;
  std::vector<double> best;
  double bestBound;
  std::map<int, Step> active;
};

} // namespace mpc

#endif // MPC_PLANNER_PRICEASCENT_H

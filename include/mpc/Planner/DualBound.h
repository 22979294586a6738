//===- DualBound.h - Message passing with priced memory ---------*- C++ -*-===//
//
// Sequential message passing (of the TRW-S and SRMP family) on the problem
// whose rows are replaced by prices: costs move between variables and the edges
// next to them, so that the sum of all least costs, a lower bound for any
// prices >= 0, grows with every sweep. A sweep reads each table once.
//
// The costs gathered at a variable ("belief") tell which values are promising;
// following them in order gives a rounding.
//
//   DualBound dual(problem);
//   dual.setPrices(prices);
//   double bound = dual.sweep();     // sound after any number of sweeps
//   dual.rounding(), dual.belief(v)  // guidance
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_DUALBOUND_H
#define MPC_PLANNER_DUALBOUND_H

#include "mpc/Planner/RowLoads.h"

namespace mpc {

class DualBound {
public:
  explicit DualBound(const ReducedProblem &problem);

  /// Messages are kept: the next sweeps adapt them to the new prices.
  void setPrices(const RowPrices &prices);

  /// One pass forth and one back. Returns a lower bound on the cost of every
  /// assignment that fits, less an allowance for rounding errors.
  double sweep();

  /// Greedy choice along the last forward pass; it may not fit in memory.
  const Assignment &rounding() const { return rounded; }

  /// The costs gathered at \p v in the last backward pass: the value with the
  /// least is the best guess.
  llvm::ArrayRef<double> belief(int v) const {
    return llvm::ArrayRef(beliefs).slice(problem.valueOffset[v],
                                         problem.domain(v));
  }
  llvm::ArrayRef<double> pricedUnary() const { return priced; }

  /// Any assignment that fits and gives \p v the value y costs at least
  /// marginalBase() + belief(v)[y] - least belief of v, as of the last sweep.
  double marginalBase() const { return forwardBound; }

  /// \name Restricted domains, for branching
  /// @{
  bool alive(int v, int value) const {
    return !dead[problem.valueOffset[v] + value];
  }
  int aliveCount(int v) const { return aliveValues[v]; }
  /// Takes \p value from \p v; at least one value must remain.
  void kill(int v, int value);

  /// Everything that sweeps change, prices aside.
  struct Snapshot {
    std::vector<double> messages;
    std::vector<char> dead;
    std::vector<int> aliveValues;
  };
  Snapshot save() const { return {messages, dead, aliveValues}; }
  void restore(const Snapshot &snapshot);
  /// @}

private:
  struct Link { ///< An edge seen from one end.
    int other;
    double *mine, *others; ///< What the edge has given to each end so far.
    const double *tableFromOther; ///< Major in the other end.
    bool earlier;                 ///< Whether the other end comes before.
  };

  double pass(bool forward);
  void gather(int v, bool forward, double *belief);
  void choose(int v);
  double soundBound(double passBound) const;

  const ReducedProblem &problem;
  std::vector<double> priced, beliefs, messages, scratch, total;
  std::vector<std::vector<Link>> links;
  std::vector<double> share; ///< Of its belief that a variable gives each edge.
  std::vector<char> dead;    ///< By value.
  std::vector<int> aliveValues; ///< By variable.
  double capacityValue = 0, magnitude = 0, forwardBound = -1e300;
  Assignment rounded;
};

} // namespace mpc

#endif // MPC_PLANNER_DUALBOUND_H

//===- BlockPlanner.h - An elimination order within limits ------*- C++ -*-===//
#ifndef MPC_LIB_PLANNER_BLOCKPLANNER_H
#define MPC_LIB_PLANNER_BLOCKPLANNER_H

#include "mpc/Planner/BlockSolver.h"
#include <queue>

namespace mpc {

/// Eliminates the variable of the least table first. Where even that one is too
/// large, holds a neighbour of it instead: the cutset grows as needed.
class BlockPlanner {
public:
  /// \p neighbours and \p logSizes are by index into \p variables.
  BlockPlanner(llvm::ArrayRef<int> variables, std::vector<double> logSizes,
               std::vector<std::vector<int>> neighbours, double tableLimit,
               double cellLimit, Random &random);
  BlockPlan run();

private:
  enum State : char { Waiting, Eliminated, Held };
  struct Entry {
    double score;
    int version;
    int variable;
    bool operator<(const Entry &other) const { return score > other.score; }
  };

  void remove(int v);
  void connect(int a, int b);
  void push(int v);
  int chooseHeld(int v);
  void eliminate(int v);
  BlockPlan finish();

  llvm::ArrayRef<int> variables;
  std::vector<double> logSizes;
  std::vector<std::vector<int>> neighbours;
  double logLimit, cellLimit, cells = 0;
  Random &random;
  std::vector<State> state;
  std::vector<double>
      logTable; ///< Entries when eliminated now, own domain included.
  std::vector<int> version, order, touched;
  std::priority_queue<Entry> queue;
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_BLOCKPLANNER_H

//===- MemoryProfile.h - Where memory can still run out ---------*- C++ -*-===//
//
// Time falls into segments at the ends of live intervals. In a segment, a
// solution needs the floor (every variable at its least usage there) plus each
// variable's excess over it. A *row* is a segment whose capacity (limit minus
// floor) can be exceeded at all and that no neighbouring row dominates:
//
//   sum over variables of excess(variable's value, row) <= capacity(row)
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_PLANNER_MEMORYPROFILE_H
#define MPC_LIB_PLANNER_MEMORYPROFILE_H

#include "WorkGraph.h"

namespace mpc {

/// Bytes over the floor, by value, at the rows begin <= r < end.
struct ExcessPiece {
  int begin, end;
  std::vector<std::int64_t> excess;
};

/// Live intervals in segments of time instead of times.
class TimeSegments {
public:
  explicit TimeSegments(const ShardingProblem &problem);
  int count() const { return segments; }
  /// Half-open; empty for nodes that are never live.
  std::pair<int, int> of(int node) const { return ranks[node]; }

private:
  std::vector<std::pair<int, int>> ranks;
  int segments = 0;
};

class MemoryProfile {
public:
  MemoryProfile(const WorkGraph &graph, const TimeSegments &time);

  /// Bytes left over the floor by row; negative where nothing fits.
  const std::vector<std::int64_t> &capacity() const { return capacities; }
  /// In order of time and disjoint; none where memory does not matter.
  llvm::ArrayRef<ExcessPiece> pieces(int variable) const {
    return all[variable];
  }

  /// Values that fit at their own rows when all others take their least.
  std::vector<char> fittingValues(int variable, int size) const;

private:
  void collectPieces(const WorkGraph &graph, const TimeSegments &time);
  void keepExceedable(int segments, std::int64_t limit);
  bool dropDominatedRows();
  void renumber(const std::vector<char> &keepRow);

  std::vector<std::vector<ExcessPiece>> all;
  std::vector<std::int64_t> capacities;
};

} // namespace mpc

#endif // MPC_LIB_PLANNER_MEMORYPROFILE_H

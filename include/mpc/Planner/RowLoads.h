//===- RowLoads.h - Memory of an assignment, row by row ---------*- C++ -*-===//
#ifndef MPC_PLANNER_ROWLOADS_H
#define MPC_PLANNER_ROWLOADS_H

#include "mpc/Planner/ReducedProblem.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace mpc {

/// Keeps the room (capacity minus excess) left at every row while variables
/// change. Rows come in blocks with their least room, so long intervals are
/// checked without looking at each row.
class RowLoads {
public:
  explicit RowLoads(const ReducedProblem &problem);

  void assign(const Assignment &assignment);
  /// Every variable at the least excess of its values that \p alive allows,
  /// piece by piece: no assignment of such values leaves more room.
  void assignFloor(llvm::function_ref<bool(int v, int value)> alive);
  /// Least room at the rows begin <= r < end.
  std::int64_t leastRoom(int begin, int end) const;
  /// Variable \p v goes from value \p from to value \p to.
  void move(int v, int from, int to);
  /// Whether that would leave no row it grows at below zero.
  bool fits(int v, int from, int to) const;

  /// Least room over all rows: negative where memory runs out.
  std::int64_t leastRoom() const;
  bool feasible() const { return leastRoom() >= 0; }
  int tightestRow() const;
  std::int64_t room(int row) const { return rooms[row]; }

private:
  static constexpr int blockSize = 64;
  void add(int begin, int end, std::int64_t bytes);
  void settle(const std::vector<std::int64_t> &change);
  bool atLeast(int begin, int end, std::int64_t bytes) const;
  void refreshBlock(int block);

  const ReducedProblem &problem;
  std::vector<std::int64_t> rooms, blockRoom;
};

/// A price per byte for every row, and what values cost at these prices.
class RowPrices {
public:
  explicit RowPrices(const ReducedProblem &problem)
      : price(problem.rows()), problem(problem), prefix(problem.rows() + 1) {}

  /// To be changed freely; `refresh` makes changes count.
  std::vector<double> price;
  void refresh();

  double of(int v, int value) const {
    double sum = 0;
    for (const auto &piece : problem.pieces(v))
      sum += double(piece.excess[value]) *
             (prefix[piece.end] - prefix[piece.begin]);
    return sum;
  }
  /// What the capacity of all rows is worth: the constant of the priced
  /// problem.
  double capacityValue() const;

private:
  const ReducedProblem &problem;
  std::vector<double> prefix;
};

} // namespace mpc

#endif // MPC_PLANNER_ROWLOADS_H

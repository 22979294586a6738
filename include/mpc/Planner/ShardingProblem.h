//===- ShardingProblem.h - One strategy per node, within memory -*- C++ -*-===//
//
// The problem at the heart of automatic partitioning, in the form of the 2025
// contest on intra-operator parallelism (IOPDDL).
//
// Every node (an op or a parameter) picks one strategy (a placement). It pays
// the strategy's cost, and every edge pays the cost of the pair that its two
// ends picked. A node occupies its strategy's `usage` bytes over the half-open
// interval [begin, end) of time; at no time may the sum exceed `usageLimit`.
//
// Example: two nodes of two strategies, joined by an edge that dislikes
// different choices; both live at time 3, where they may use 10 bytes.
//
//   ShardingProblem p;
//   p.addNode({0, 5}, /*costs=*/{1, 4}, /*usages=*/{8, 2});
//   p.addNode({3, 7}, {0, 0}, {8, 2});
//   p.addEdge(0, 1, /*first node major=*/{0, 9, 9, 0});
//   p.usageLimit = 10;
//   // {0, 0} costs 1 but needs 16 bytes; {1, 1} costs 4 and is optimal.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_PLANNER_SHARDINGPROBLEM_H
#define MPC_PLANNER_SHARDINGPROBLEM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mpc {

/// Sums of costs: a forbidden pair costs 1e18, so ten of them leave 64 bits.
using WideCost = __int128;

/// Decimal digits of \p cost, with a minus where negative.
std::string toString(WideCost cost);

/// A list of lists in two arrays: list i is values[offsets[i], offsets[i+1]).
struct RaggedArray {
  std::vector<std::size_t> offsets = {0};
  std::vector<std::int64_t> values;

  std::size_t size() const { return offsets.size() - 1; }
  llvm::ArrayRef<std::int64_t> operator[](std::size_t i) const {
    return llvm::ArrayRef(values).slice(offsets[i],
                                        offsets[i + 1] - offsets[i]);
  }
  void add(llvm::ArrayRef<std::int64_t> list) {
    values.insert(values.end(), list.begin(), list.end());
    offsets.push_back(values.size());
  }
};

/// When a node occupies memory: at the times begin <= t < end; never if equal.
struct LiveInterval {
  std::int64_t begin = 0, end = 0;
};

/// One strategy index for each node.
using ShardingSolution = std::vector<std::int32_t>;

/// What a solution costs and needs. The peak is in bytes.
struct ShardingValue {
  WideCost cost = 0;
  std::int64_t peakUsage = 0;
};

/// The problem as data. Costs are dimensionless (XLA: estimated time); usages
/// and the limit are bytes.
struct ShardingProblem {
  std::vector<LiveInterval> intervals;
  RaggedArray nodeCosts;
  RaggedArray nodeUsages;
  std::vector<std::pair<std::int32_t, std::int32_t>> edges;
  /// Flat tables, first node major: entry of (i, j) at i * strategies(second) +
  /// j.
  RaggedArray edgeCosts;
  /// Absent: memory is unlimited.
  std::optional<std::int64_t> usageLimit;

  std::size_t nodeCount() const { return nodeCosts.size(); }
  std::size_t strategies(std::size_t node) const {
    return nodeCosts.offsets[node + 1] - nodeCosts.offsets[node];
  }

  void addNode(LiveInterval interval, llvm::ArrayRef<std::int64_t> costs,
               llvm::ArrayRef<std::int64_t> usages);
  void addEdge(std::int32_t first, std::int32_t second,
               llvm::ArrayRef<std::int64_t> costs);

  /// Errors name the first node or edge that is malformed: no strategies, as
  /// many usages as costs, non-negative usages whose sums fit 63 bits, ends of
  /// edges in range, tables of the right size, begin <= end. Costs lie in
  /// [-1e15, 4e18]. Everything else in this library expects a checked problem.
  llvm::Error check() const;

  /// Cost and peak memory of \p solution; an error where its length or an index
  /// is wrong. Whether the peak is within the limit is for the caller to ask.
  llvm::Expected<ShardingValue>
  evaluate(const ShardingSolution &solution) const;

  bool fits(const ShardingValue &value) const {
    return !usageLimit || value.peakUsage <= *usageLimit;
  }

  /// The solution of least usage at every node, cheapest among equals. If this
  /// one does not fit, none does.
  ShardingSolution leastUsage() const;
};

} // namespace mpc

#endif // MPC_PLANNER_SHARDINGPROBLEM_H

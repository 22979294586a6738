#include "mpc/Planner/ShardingProblem.h"
#include <algorithm>

using namespace mpc;

static constexpr std::int64_t leastCost = -1'000'000'000'000'000;
static constexpr std::int64_t greatestCost = 4'000'000'000'000'000'000;
static constexpr std::int64_t greatestUsage = INT64_MAX / 2;

std::string mpc::toString(WideCost cost) {
  bool negative = cost < 0;
  unsigned __int128 rest = negative ? -(unsigned __int128)cost : cost;
  std::string digits;
  do {
    digits.push_back('0' + int(rest % 10));
    rest /= 10;
  } while (rest);
  if (negative)
    digits.push_back('-');
  return {digits.rbegin(), digits.rend()};
}

void ShardingProblem::addNode(LiveInterval interval,
                              llvm::ArrayRef<std::int64_t> costs,
                              llvm::ArrayRef<std::int64_t> usages) {
  intervals.push_back(interval);
  nodeCosts.add(costs);
  nodeUsages.add(usages);
}

void ShardingProblem::addEdge(std::int32_t first, std::int32_t second,
                              llvm::ArrayRef<std::int64_t> costs) {
  edges.emplace_back(first, second);
  edgeCosts.add(costs);
}

template <typename... Args>
static llvm::Error complain(const char *what, std::size_t index,
                            const char *format, Args... args) {
  char message[200];
  if constexpr (sizeof...(args) == 0)
    snprintf(message, sizeof message, "%s", format);
  else
    snprintf(message, sizeof message, format, args...);
  return llvm::createStringError("%s %zu: %s", what, index, message);
}

static llvm::Error checkCosts(const char *what, std::size_t index,
                              llvm::ArrayRef<std::int64_t> costs) {
  for (std::int64_t cost : costs)
    if (cost < leastCost || cost > greatestCost)
      return complain(what, index, "cost %lld is outside [-1e15, 4e18]",
                      (long long)cost);
  return llvm::Error::success();
}

static llvm::Error checkNode(const ShardingProblem &p, std::size_t node,
                             std::int64_t &usageSum) {
  if (p.nodeCosts[node].empty())
    return complain("node", node, "no strategies");
  if (p.nodeUsages[node].size() != p.nodeCosts[node].size())
    return complain("node", node,
                    "expected %zu usages, one for each cost, found %zu",
                    p.nodeCosts[node].size(), p.nodeUsages[node].size());
  if (p.intervals[node].begin > p.intervals[node].end)
    return complain("node", node, "interval [%lld, %lld) ends before it begins",
                    (long long)p.intervals[node].begin,
                    (long long)p.intervals[node].end);
  std::int64_t most = 0;
  for (std::int64_t usage : p.nodeUsages[node]) {
    if (usage < 0)
      return complain("node", node, "usage %lld is negative", (long long)usage);
    most = std::max(most, usage);
  }
  if (most > greatestUsage - usageSum)
    return complain("node", node,
                    "the usages up to here sum to more than 4e18");
  usageSum += most;
  return checkCosts("node", node, p.nodeCosts[node]);
}

static llvm::Error checkEdge(const ShardingProblem &p, std::size_t edge) {
  auto [first, second] = p.edges[edge];
  for (std::int32_t end : {first, second})
    if (end < 0 || std::size_t(end) >= p.nodeCount())
      return complain("edge", edge, "no node %d among %zu nodes", int(end),
                      p.nodeCount());
  std::size_t expected = p.strategies(first) * p.strategies(second);
  if (p.edgeCosts[edge].size() != expected)
    return complain("edge", edge, "expected %zu x %zu = %zu costs, found %zu",
                    p.strategies(first), p.strategies(second), expected,
                    p.edgeCosts[edge].size());
  return checkCosts("edge", edge, p.edgeCosts[edge]);
}

llvm::Error ShardingProblem::check() const {
  std::size_t nodes = nodeCount();
  if (intervals.size() != nodes || nodeUsages.size() != nodes)
    return llvm::createStringError("nodes: expected as many intervals and "
                                   "usages as costs, found %zu intervals, "
                                   "%zu costs and %zu usages",
                                   intervals.size(), nodes, nodeUsages.size());
  if (edgeCosts.size() != edges.size())
    return llvm::createStringError("edges: expected one list of costs for each "
                                   "edge, found %zu edges and %zu lists",
                                   edges.size(), edgeCosts.size());
  if (nodes > INT32_MAX)
    return llvm::createStringError("nodes: %zu are too many", nodes);
  std::int64_t usageSum = 0;
  for (std::size_t node = 0; node < nodes; ++node)
    if (llvm::Error error = checkNode(*this, node, usageSum))
      return error;
  for (std::size_t edge = 0; edge < edges.size(); ++edge)
    if (llvm::Error error = checkEdge(*this, edge))
      return error;
  if (usageLimit && *usageLimit < 0)
    return llvm::createStringError("usage limit %lld is negative",
                                   (long long)*usageLimit);
  return llvm::Error::success();
}

static std::int64_t peakUsage(const ShardingProblem &p,
                              const ShardingSolution &solution) {
  std::vector<std::pair<std::int64_t, std::int64_t>> changes;
  changes.reserve(2 * p.nodeCount());
  for (std::size_t node = 0; node < p.nodeCount(); ++node) {
    auto [begin, end] = p.intervals[node];
    std::int64_t usage = p.nodeUsages[node][solution[node]];
    if (begin == end || usage == 0)
      continue;
    changes.emplace_back(begin, usage);
    changes.emplace_back(end, -usage);
  }
  // At equal times ends sort before begins, as half-open intervals want it.
  std::sort(changes.begin(), changes.end());
  std::int64_t running = 0, peak = 0;
  for (auto [time, change] : changes)
    peak = std::max(peak, running += change);
  return peak;
}

llvm::Expected<ShardingValue>
ShardingProblem::evaluate(const ShardingSolution &solution) const {
  if (solution.size() != nodeCount())
    return llvm::createStringError(
        "expected %zu strategies, one for each node, found %zu", nodeCount(),
        solution.size());
  ShardingValue value;
  for (std::size_t node = 0; node < nodeCount(); ++node) {
    std::int32_t chosen = solution[node];
    if (chosen < 0 || std::size_t(chosen) >= strategies(node))
      return llvm::createStringError("node %zu: no strategy %d among %zu", node,
                                     int(chosen), strategies(node));
    value.cost += nodeCosts[node][chosen];
  }
  for (std::size_t edge = 0; edge < edges.size(); ++edge) {
    auto [first, second] = edges[edge];
    value.cost += edgeCosts[edge][solution[first] * strategies(second) +
                                  solution[second]];
  }
  value.peakUsage = peakUsage(*this, solution);
  return value;
}

ShardingSolution ShardingProblem::leastUsage() const {
  ShardingSolution solution(nodeCount());
  for (std::size_t node = 0; node < nodeCount(); ++node) {
    auto usages = nodeUsages[node], costs = nodeCosts[node];
    bool lives = intervals[node].begin < intervals[node].end;
    std::size_t best = 0;
    for (std::size_t s = 1; s < usages.size(); ++s) {
      std::int64_t more = lives ? usages[s] - usages[best] : 0;
      if (more < 0 || (more == 0 && costs[s] < costs[best]))
        best = s;
    }
    solution[node] = best;
  }
  return solution;
}

#include "MemoryBlocks.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <functional>
#include <numeric>
#include <random>

using namespace llvm;
using namespace mpc::schedule;

// Steps are visits of a neighbour, some 20 ns each; the number of neighbours
// also bounds the memory for them.
static constexpr int64_t maxNeighbours = 1 << 22;
static constexpr int64_t maxSteps = 1 << 23;
static constexpr int maxMoves = 4000;

namespace {
class GreedyPlacer {
public:
  explicit GreedyPlacer(const BlockProblem &problem) : problem(problem) {}

  /// Finds which blocks live together; false if there are too many pairs.
  bool findNeighbours();
  /// Tries one order of blocks and keeps it unless it is worse than the best.
  void tryOrder(ArrayRef<int> order);
  /// Moves blocks that cause the peak to other places of the best order and
  /// keeps what does not hurt, as long as steps are left.
  void improve();
  bool exhausted() const { return steps > maxSteps || optimal(); }
  const Placement &result() const { return best; }

private:
  bool optimal() const {
    return !best.offsets.empty() && best.bytes <= problem.lowerBound;
  }
  int64_t place(int block, ArrayRef<int64_t> offsets);
  void forbid(int block, ArrayRef<BlockPart> others, int64_t offset);

  const BlockProblem &problem;
  std::vector<std::vector<int>> neighbours;
  std::vector<ByteRange> forbidden;
  int64_t steps = 0;
  std::vector<int> bestOrder;
  Placement best;
};
} // namespace

static std::vector<int>
sortedBlocks(const BlockProblem &problem,
             function_ref<double(const Block &)> weight) {
  std::vector<int> order(problem.blocks.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> weights;
  for (const Block &block : problem.blocks)
    weights.push_back(weight(block));
  llvm::sort(order, [&](int left, int right) {
    return std::pair(-weights[left], left) < std::pair(-weights[right], right);
  });
  return order;
}

bool GreedyPlacer::findNeighbours() {
  neighbours.resize(problem.blocks.size());
  std::vector<int> live;
  int64_t pairs = 0;
  auto earliestFirst = [](const Block &block) {
    return -double(block.first());
  };
  for (int index : sortedBlocks(problem, earliestFirst)) {
    const Block &block = problem.blocks[index];
    erase_if(live, [&](int other) {
      return problem.blocks[other].last() < block.first();
    });
    pairs += live.size();
    if (pairs > maxNeighbours)
      return false;
    for (int other : live) {
      neighbours[index].push_back(other);
      neighbours[other].push_back(index);
    }
    live.push_back(index);
  }
  return true;
}

void GreedyPlacer::forbid(int block, ArrayRef<BlockPart> others,
                          int64_t offset) {
  for (const BlockPart &own : problem.blocks[block].parts)
    for (const BlockPart &other : others)
      if (own.first <= other.last && other.first <= own.last)
        forbidden.push_back({offset - own.bytes, offset + other.bytes});
}

int64_t GreedyPlacer::place(int block, ArrayRef<int64_t> offsets) {
  forbidden.clear();
  int64_t bytes = problem.blocks[block].bytes();
  for (ByteRange range : problem.reserved)
    forbidden.push_back({range.begin - bytes, range.end});
  for (int other : neighbours[block])
    if (offsets[other] >= 0)
      forbid(block, problem.blocks[other].parts, offsets[other]);
  steps += neighbours[block].size() + 1;
  return lowestStart(forbidden, problem.blocks[block].alignment);
}

void GreedyPlacer::tryOrder(ArrayRef<int> order) {
  Placement placement;
  placement.offsets.assign(problem.blocks.size(), -1);
  placement.bytes = problem.reservedEnd();
  for (int block : order) {
    int64_t offset = place(block, placement.offsets);
    placement.offsets[block] = offset;
    placement.bytes =
        std::max(placement.bytes, offset + problem.blocks[block].bytes());
    if (!best.offsets.empty() && placement.bytes > best.bytes)
      return;
  }
  best = std::move(placement);
  bestOrder = order;
}

void GreedyPlacer::improve() {
  std::minstd_rand random;
  for (int move = 0; move < maxMoves && !exhausted(); ++move) {
    auto peak = llvm::find_if(bestOrder, [&](int block) {
      return best.offsets[block] + problem.blocks[block].bytes() == best.bytes;
    });
    if (peak == bestOrder.end())
      return;
    // The peak's block itself, or one that keeps it from a lower place.
    auto moved = peak;
    const std::vector<int> &rivals = neighbours[*peak];
    if (move % 2 && !rivals.empty())
      moved = llvm::find(bestOrder, rivals[random() % rivals.size()]);
    auto target = bestOrder.begin() + random() % bestOrder.size();
    std::vector<int> order = bestOrder;
    auto from = order.begin() + (moved - bestOrder.begin());
    auto to = order.begin() + (target - bestOrder.begin());
    if (to <= from)
      std::rotate(to, from, from + 1);
    else
      std::rotate(from, from + 1, to + 1);
    tryOrder(order);
  }
}

std::optional<Placement>
mpc::schedule::placeGreedily(const BlockProblem &problem) {
  GreedyPlacer placer(problem);
  if (problem.blocks.empty() || !placer.findNeighbours())
    return std::nullopt;
  auto duration = [](const Block &block) {
    return double(block.last() - block.first() + 1);
  };
  const std::function<double(const Block &)> weights[] = {
      [](const Block &block) { return double(block.bytes()); },
      [&](const Block &block) { return duration(block) * block.bytes(); },
      [&](const Block &block) { return duration(block); },
      [](const Block &block) { return -double(block.first()); },
      [](const Block &block) { return double(block.last()); },
  };
  for (const auto &weight : weights)
    if (!placer.exhausted())
      placer.tryOrder(sortedBlocks(problem, weight));
  placer.improve();
  return placer.result();
}

#include "MemoryBlocks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace llvm;
using namespace mpc::schedule;

/// For each buffer the one that takes its place, or -1. Of several candidates
/// the largest wins: it saves most.
static std::vector<int> findSuccessors(ArrayRef<Buffer> buffers) {
  std::vector<int> successors(buffers.size(), -1);
  for (auto [index, buffer] : enumerate(buffers)) {
    if (buffer.mayReuse < 0 || buffer.fixedOffset || buffer.bytes == 0)
      continue;
    const Buffer &old = buffers[buffer.mayReuse];
    bool fits = old.last == buffer.first && old.first < buffer.first &&
                old.bytes >= buffer.bytes && !old.fixedOffset;
    int &successor = successors[buffer.mayReuse];
    if (fits && (successor < 0 || buffers[successor].bytes < buffer.bytes))
      successor = int(index);
  }
  return successors;
}

static Block makeChain(ArrayRef<Buffer> buffers, ArrayRef<int> successors,
                       int head, int64_t granularity) {
  Block block;
  for (int index = head; index >= 0; index = successors[index]) {
    const Buffer &buffer = buffers[index];
    block.buffers.push_back(index);
    block.alignment = std::max(block.alignment, buffer.alignment);
    int64_t first = index == head ? buffer.first : buffer.first + 1;
    if (first <= buffer.last)
      block.parts.push_back(
          {first, buffer.last, int64_t(alignTo(buffer.bytes, granularity))});
  }
  return block;
}

static std::vector<Block> makeBlocks(ArrayRef<Buffer> buffers,
                                     int64_t granularity) {
  std::vector<int> successors = findSuccessors(buffers);
  std::vector<bool> follows(buffers.size());
  for (int successor : successors)
    if (successor >= 0)
      follows[successor] = true;
  std::vector<Block> blocks;
  for (auto [index, buffer] : enumerate(buffers))
    if (buffer.bytes > 0 && !buffer.fixedOffset && !follows[index])
      blocks.push_back(makeChain(buffers, successors, int(index), granularity));
  return blocks;
}

static void mergeRanges(std::vector<ByteRange> &ranges) {
  llvm::sort(ranges,
             [](ByteRange a, ByteRange b) { return a.begin < b.begin; });
  std::vector<ByteRange> merged;
  for (ByteRange range : ranges)
    if (!merged.empty() && range.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, range.end);
    else
      merged.push_back(range);
  ranges = std::move(merged);
}

int64_t mpc::schedule::lowestStart(MutableArrayRef<ByteRange> forbidden,
                                   int64_t alignment) {
  llvm::sort(forbidden,
             [](ByteRange a, ByteRange b) { return a.begin < b.begin; });
  int64_t start = 0;
  for (ByteRange range : forbidden) {
    if (start <= range.begin)
      break;
    if (start < range.end)
      start = alignTo(range.end, alignment);
  }
  return start;
}

/// Moves blocks that live for the whole program from `blocks` into `reserved`.
static void reservePermanentBlocks(BlockProblem &problem,
                                   MutableArrayRef<int64_t> offsets) {
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (const Block &block : problem.blocks) {
    first = std::min(first, block.first());
    last = std::max(last, block.last());
  }
  erase_if(problem.blocks, [&](const Block &block) {
    // A chain shrinks; only a single part holds its bytes all the time.
    if (block.first() > first || block.last() < last || block.parts.size() > 1)
      return false;
    std::vector<ByteRange> forbidden;
    for (ByteRange range : problem.reserved)
      forbidden.push_back({range.begin - block.bytes(), range.end});
    int64_t start = lowestStart(forbidden, block.alignment);
    for (int buffer : block.buffers)
      offsets[buffer] = start;
    problem.reserved.push_back({start, start + block.bytes()});
    mergeRanges(problem.reserved);
    return true;
  });
}

/// Most bytes of blocks and fixed buffers that live at one position.
static int64_t maxLiveBytes(ArrayRef<Block> blocks, ArrayRef<Buffer> buffers,
                            int64_t granularity) {
  std::vector<std::pair<int64_t, int64_t>> changes;
  for (const Block &block : blocks)
    for (const BlockPart &part : block.parts) {
      changes.push_back({part.first, part.bytes});
      changes.push_back({part.last + 1, -part.bytes});
    }
  for (const Buffer &buffer : buffers)
    if (buffer.fixedOffset) {
      int64_t bytes = alignTo(buffer.bytes, granularity);
      changes.push_back({buffer.first, bytes});
      changes.push_back({buffer.last + 1, -bytes});
    }
  // Negative changes sort first at equal positions.
  llvm::sort(changes);
  int64_t live = 0, peak = 0;
  for (auto [position, change] : changes)
    peak = std::max(peak, live += change);
  return peak;
}

BlockProblem mpc::schedule::makeBlockProblem(ArrayRef<Buffer> buffers,
                                             MutableArrayRef<int64_t> offsets) {
  // Every offset is a multiple of the smallest alignment, so sizes may be
  // rounded up to it without loss.
  int64_t granularity = INT64_MAX;
  for (const Buffer &buffer : buffers)
    granularity = std::min(granularity, buffer.alignment);
  BlockProblem problem;
  problem.blocks = makeBlocks(buffers, granularity);
  problem.lowerBound = maxLiveBytes(problem.blocks, buffers, granularity);
  for (auto [index, buffer] : enumerate(buffers))
    if (buffer.fixedOffset) {
      offsets[index] = *buffer.fixedOffset;
      int64_t end =
          *buffer.fixedOffset + int64_t(alignTo(buffer.bytes, granularity));
      if (buffer.bytes > 0)
        problem.reserved.push_back({*buffer.fixedOffset, end});
    }
  mergeRanges(problem.reserved);
  problem.lowerBound = std::max(problem.lowerBound, problem.reservedEnd());
  reservePermanentBlocks(problem, offsets);
  return problem;
}

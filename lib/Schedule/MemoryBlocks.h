//===- MemoryBlocks.h - The placement problem -------------------*- C++ -*-===//
//
// Internal to the library. Buffers that take over each other's place form one
// block: a chain of parts at the same offset whose sizes never grow. Everything
// else about the buffers is settled here, so that a placement only sees blocks
// and ranges of the arena that are taken for good.
//
//===----------------------------------------------------------------------===//
#ifndef MPC_LIB_SCHEDULE_MEMORYBLOCKS_H
#define MPC_LIB_SCHEDULE_MEMORYBLOCKS_H

#include "mpc/Schedule/MemoryLayout.h"
#include "llvm/ADT/SmallVector.h"

namespace mpc::schedule {

/// `bytes` over the positions [first, last].
struct BlockPart {
  int64_t first, last, bytes;
};

struct Block {
  int64_t alignment = 1;
  /// Adjacent in time, in order.
  llvm::SmallVector<BlockPart, 1> parts;
  /// Buffers that start at the block's offset.
  llvm::SmallVector<int, 1> buffers;

  int64_t first() const { return parts.front().first; }
  int64_t last() const { return parts.back().last; }
  int64_t bytes() const { return parts.front().bytes; }
};

/// [begin, end) of the arena.
struct ByteRange {
  int64_t begin, end;
};

struct BlockProblem {
  /// Blocks to place; sizes are multiples of the smallest alignment.
  std::vector<Block> blocks;
  /// Taken for the whole program: fixed buffers and, stacked around them,
  /// blocks that live from the first to the last position. Sorted, disjoint and
  /// not adjacent.
  std::vector<ByteRange> reserved;
  int64_t lowerBound = 0;

  int64_t reservedEnd() const {
    return reserved.empty() ? 0 : reserved.back().end;
  }
};

/// Offsets of the blocks and the resulting size of the arena.
struct Placement {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};

/// Builds the problem of well-formed buffers, writing the offsets of those in
/// reserved ranges.
BlockProblem makeBlockProblem(llvm::ArrayRef<Buffer> buffers,
                              llvm::MutableArrayRef<int64_t> offsets);

/// Lowest multiple of `alignment` at which `bytes` fit between forbidden start
/// ranges: a block may start at x unless range.begin < x < range.end for one
/// of them. Sorts the ranges.
int64_t lowestStart(llvm::MutableArrayRef<ByteRange> forbidden,
                    int64_t alignment);

/// Walks along time with a list of free ranges, best fit: n log n.
Placement placeAlongTime(const BlockProblem &problem);

/// Places blocks one by one, lowest offset first, in several orders, and moves
/// the blocks that cause the peak forward. Bounded by a number of steps; none
/// at all when too many blocks live at the same time.
std::optional<Placement> placeGreedily(const BlockProblem &problem);

} // namespace mpc::schedule

#endif // MPC_LIB_SCHEDULE_MEMORYBLOCKS_H

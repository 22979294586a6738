#include "MemoryBlocks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <map>
#include <queue>
#include <set>
#include <tuple>

using namespace llvm;
using namespace mpc::schedule;

namespace {
/// The free ranges of an arena that grows at its end.
class FreeList {
public:
  explicit FreeList(ArrayRef<ByteRange> reserved);
  /// Takes the smallest free range that fits, or grows the arena.
  int64_t allocate(int64_t bytes, int64_t alignment);
  void release(ByteRange range);
  int64_t arenaEnd() const { return end; }

private:
  void insert(ByteRange range);
  void erase(ByteRange range);
  int64_t take(ByteRange range, int64_t start, int64_t bytes);
  int64_t grow(int64_t bytes, int64_t alignment);

  std::map<int64_t, int64_t> endByBegin;
  std::set<std::pair<int64_t, int64_t>> beginBySize;
  int64_t end = 0;
};
} // namespace

FreeList::FreeList(ArrayRef<ByteRange> reserved) {
  for (ByteRange range : reserved) {
    insert({end, range.begin});
    end = range.end;
  }
}

void FreeList::insert(ByteRange range) {
  if (range.begin == range.end)
    return;
  endByBegin[range.begin] = range.end;
  beginBySize.insert({range.end - range.begin, range.begin});
}

void FreeList::erase(ByteRange range) {
  endByBegin.erase(range.begin);
  beginBySize.erase({range.end - range.begin, range.begin});
}

int64_t FreeList::take(ByteRange range, int64_t start, int64_t bytes) {
  erase(range);
  insert({range.begin, start});
  insert({start + bytes, range.end});
  return start;
}

int64_t FreeList::allocate(int64_t bytes, int64_t alignment) {
  for (auto it = beginBySize.lower_bound({bytes, 0}); it != beginBySize.end();
       ++it) {
    auto [size, begin] = *it;
    int64_t start = alignTo(begin, alignment);
    if (start + bytes <= begin + size)
      return take({begin, begin + size}, start, bytes);
  }
  return grow(bytes, alignment);
}

int64_t FreeList::grow(int64_t bytes, int64_t alignment) {
  ByteRange tail{end, end};
  if (!endByBegin.empty() && endByBegin.rbegin()->second == end)
    tail.begin = endByBegin.rbegin()->first;
  int64_t start = alignTo(tail.begin, alignment);
  erase(tail);
  tail.end = end = std::max(end, start + bytes);
  insert(tail);
  return take(tail, start, bytes);
}

void FreeList::release(ByteRange range) {
  auto next = endByBegin.lower_bound(range.begin);
  if (next != endByBegin.end() && next->first == range.end) {
    ByteRange after{next->first, next->second};
    range.end = after.end;
    erase(after);
  }
  next = endByBegin.lower_bound(range.begin);
  if (next != endByBegin.begin() && std::prev(next)->second == range.begin) {
    ByteRange before{std::prev(next)->first, std::prev(next)->second};
    range.begin = before.begin;
    erase(before);
  }
  insert(range);
}

Placement mpc::schedule::placeAlongTime(const BlockProblem &problem) {
  std::vector<int> order(problem.blocks.size());
  for (auto [index, block] : enumerate(order))
    block = int(index);
  llvm::sort(order, [&](int left, int right) {
    const Block &a = problem.blocks[left], &b = problem.blocks[right];
    return std::tuple(a.first(), -a.bytes(), left) <
           std::tuple(b.first(), -b.bytes(), right);
  });
  FreeList freeList(problem.reserved);
  Placement placement;
  placement.offsets.resize(problem.blocks.size());
  // What ends next: (last position, block, part).
  using End = std::tuple<int64_t, int, int>;
  std::priority_queue<End, std::vector<End>, std::greater<End>> ends;
  for (int index : order) {
    const Block &block = problem.blocks[index];
    while (!ends.empty() && std::get<0>(ends.top()) < block.first()) {
      auto [last, ended, part] = ends.top();
      ends.pop();
      ArrayRef<BlockPart> parts = problem.blocks[ended].parts;
      bool more = size_t(part) + 1 < parts.size();
      int64_t kept = more ? parts[part + 1].bytes : 0;
      int64_t offset = placement.offsets[ended];
      if (kept < parts[part].bytes)
        freeList.release({offset + kept, offset + parts[part].bytes});
      if (more)
        ends.push({parts[part + 1].last, ended, part + 1});
    }
    placement.offsets[index] =
        freeList.allocate(block.bytes(), block.alignment);
    ends.push({block.parts.front().last, index, 0});
  }
  placement.bytes = freeList.arenaEnd();
  return placement;
}

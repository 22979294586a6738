#include "mpc/Schedule/MemoryLayout.h"
#include "MemoryBlocks.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <map>
#include <tuple>

using namespace llvm;
using namespace mpc::schedule;

// Sums of offsets and sizes stay far below the range of int64_t.
static constexpr int64_t maxTotalBytes = int64_t(1) << 60;

static const char *bufferDefect(const Buffer &buffer, int64_t numBuffers) {
  if (buffer.bytes < 0 || buffer.bytes > maxTotalBytes)
    return "has an impossible size";
  if (buffer.alignment < 1 || buffer.alignment > maxTotalBytes ||
      !isPowerOf2_64(uint64_t(buffer.alignment)))
    return "has an alignment that is not a power of two";
  if (buffer.first < 0 || buffer.last < buffer.first ||
      buffer.last == INT64_MAX)
    return "has an empty or negative live interval";
  if (buffer.mayReuse < -1 || buffer.mayReuse >= numBuffers)
    return "may reuse a buffer that does not exist";
  if (!buffer.fixedOffset)
    return nullptr;
  if (*buffer.fixedOffset < 0 || *buffer.fixedOffset > maxTotalBytes ||
      *buffer.fixedOffset % buffer.alignment != 0)
    return "has a fixed offset that is negative, too large or not aligned";
  return nullptr;
}

static Error checkBuffers(ArrayRef<Buffer> buffers) {
  int64_t total = 0;
  for (auto [index, buffer] : enumerate(buffers)) {
    if (const char *defect = bufferDefect(buffer, int64_t(buffers.size())))
      return createStringError("buffer %zu %s", size_t(index), defect);
    int64_t rounded = alignTo(buffer.bytes, buffer.alignment);
    if (rounded > maxTotalBytes - total)
      return createStringError("the buffers have more than 2^60 bytes");
    total += rounded;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

namespace {
/// Walks along time and keeps the live buffers sorted by offset.
class OverlapCheck {
public:
  OverlapCheck(ArrayRef<Buffer> buffers, ArrayRef<int64_t> offsets)
      : buffers(buffers), offsets(offsets) {}
  Error run();

private:
  bool replaces(int buffer) const;
  void removeBefore(int64_t position);
  Error insert(int buffer);

  ArrayRef<Buffer> buffers;
  ArrayRef<int64_t> offsets;
  std::map<int64_t, int> live;
  std::multimap<int64_t, int> liveByLast;
};
} // namespace

/// Whether a buffer starts exactly where the one it may reuse ends.
bool OverlapCheck::replaces(int buffer) const {
  const Buffer &entry = buffers[buffer];
  if (entry.mayReuse < 0)
    return false;
  const Buffer &old = buffers[entry.mayReuse];
  return offsets[buffer] == offsets[entry.mayReuse] &&
         old.last == entry.first && old.first < entry.first &&
         old.bytes >= entry.bytes && !old.fixedOffset && !entry.fixedOffset;
}

void OverlapCheck::removeBefore(int64_t position) {
  while (!liveByLast.empty() && liveByLast.begin()->first < position) {
    int buffer = liveByLast.begin()->second;
    liveByLast.erase(liveByLast.begin());
    auto found = live.find(offsets[buffer]);
    if (found != live.end() && found->second == buffer)
      live.erase(found);
  }
}

Error OverlapCheck::insert(int buffer) {
  int64_t begin = offsets[buffer], end = begin + buffers[buffer].bytes;
  auto overlap = [&](int other) {
    return createStringError("buffers %d and %d overlap at position %lld",
                             std::min(buffer, other), std::max(buffer, other),
                             static_cast<long long>(buffers[buffer].first));
  };
  auto found = live.find(begin);
  if (found != live.end() && replaces(buffer) &&
      found->second == buffers[buffer].mayReuse)
    live.erase(found);
  auto next = live.lower_bound(begin);
  if (next != live.end() && next->first < end)
    return overlap(next->second);
  if (next != live.begin()) {
    auto [otherBegin, other] = *std::prev(next);
    if (otherBegin + buffers[other].bytes > begin)
      return overlap(other);
  }
  live[begin] = buffer;
  liveByLast.insert({buffers[buffer].last, buffer});
  return Error::success();
}

Error OverlapCheck::run() {
  std::vector<int> order;
  for (auto [index, buffer] : enumerate(buffers))
    if (buffer.bytes > 0)
      order.push_back(int(index));
  // Replacements come after everything else of a position: until then the old
  // buffer guards all of its bytes.
  llvm::sort(order, [&](int left, int right) {
    return std::tuple(buffers[left].first, replaces(left), left) <
           std::tuple(buffers[right].first, replaces(right), right);
  });
  for (int buffer : order) {
    removeBefore(buffers[buffer].first);
    if (Error error = insert(buffer))
      return error;
  }
  return Error::success();
}

static const char *offsetDefect(const Buffer &buffer, int64_t offset,
                                int64_t arenaBytes) {
  if (offset < 0 || offset > arenaBytes || buffer.bytes > arenaBytes - offset)
    return "is not inside the arena";
  if (offset % buffer.alignment != 0)
    return "is not aligned";
  if (buffer.fixedOffset && offset != *buffer.fixedOffset)
    return "is not at its fixed offset";
  return nullptr;
}

Error mpc::schedule::verifyLayout(ArrayRef<Buffer> buffers,
                                  const MemoryLayout &layout) {
  if (Error error = checkBuffers(buffers))
    return error;
  if (layout.offsets.size() != buffers.size())
    return createStringError("expected %zu offsets, found %zu", buffers.size(),
                             layout.offsets.size());
  for (auto [index, buffer] : enumerate(buffers))
    if (const char *defect =
            offsetDefect(buffer, layout.offsets[index], layout.bytes))
      return createStringError("buffer %zu %s", size_t(index), defect);
  return OverlapCheck(buffers, layout.offsets).run();
}

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

/// Fixed buffers alone must be a legal layout.
static Error checkFixedBuffers(ArrayRef<Buffer> buffers) {
  std::vector<Buffer> others(buffers);
  std::vector<int64_t> offsets;
  for (Buffer &buffer : others) {
    offsets.push_back(buffer.fixedOffset.value_or(0));
    if (!buffer.fixedOffset)
      buffer.bytes = 0;
  }
  return OverlapCheck(others, offsets).run();
}

Expected<MemoryLayout> mpc::schedule::layoutMemory(ArrayRef<Buffer> buffers) {
  if (Error error = checkBuffers(buffers))
    return error;
  if (Error error = checkFixedBuffers(buffers))
    return error;
  MemoryLayout layout;
  layout.offsets.resize(buffers.size());
  BlockProblem problem = makeBlockProblem(buffers, layout.offsets);
  Placement placement = placeAlongTime(problem);
  if (placement.bytes > problem.lowerBound)
    if (std::optional<Placement> greedy = placeGreedily(problem))
      if (greedy->bytes < placement.bytes)
        placement = std::move(*greedy);
  for (auto [block, offset] : zip(problem.blocks, placement.offsets))
    for (int buffer : block.buffers)
      layout.offsets[buffer] = offset;
  layout.bytes = placement.bytes;
  layout.lowerBound = problem.lowerBound;
  return layout;
}

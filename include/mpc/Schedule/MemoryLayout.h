//===- MemoryLayout.h - Live intervals to arena offsets ---------*- C++ -*-===//
//
// A device's memory is one arena, laid out before the run. Each buffer lives
// over an interval of the device's linear order (any counter that grows along
// the launches of its list); buffers that live at the same time must not
// overlap. The size of the arena is the peak memory.
//
//   a: 128 bytes, [0, 1]   b: 64 bytes, [1, 2]   c: 64 bytes, [2, 3]
//   offsets 0, 128, 0; 192 bytes, which is also the lower bound (position 1)
//
//===----------------------------------------------------------------------===//
#ifndef MPC_SCHEDULE_MEMORYLAYOUT_H
#define MPC_SCHEDULE_MEMORYLAYOUT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace mpc::schedule {

struct Buffer {
  int64_t bytes = 0;
  /// A power of two.
  int64_t alignment = 64;
  /// First and last position of use, both inclusive.
  int64_t first = 0, last = 0;
  /// Where the buffer must be, for variables that keep their place over several
  /// programs. The place is reserved for the whole program, not only from
  /// `first` to `last`.
  std::optional<int64_t> fixedOffset;
  /// Index of a buffer whose place this one may take although both are used at
  /// `first`: an operand that dies in the launch that produces this result.
  /// Ignored unless that buffer is older, ends exactly at `first`, is at least
  /// as large and neither is fixed. -1 for none.
  int mayReuse = -1;
};

struct MemoryLayout {
  /// One offset a buffer.
  std::vector<int64_t> offsets;
  /// Size of the arena.
  int64_t bytes = 0;
  /// No layout can be smaller: most bytes live at one position, and the end of
  /// the fixed buffers.
  int64_t lowerBound = 0;
};

/// Finds offsets, trying several strategies and keeping the smallest arena.
/// Takes about n log n steps plus a bounded search; deterministic. Fails on
/// malformed buffers and on fixed ones that overlap while both live.
llvm::Expected<MemoryLayout> layoutMemory(llvm::ArrayRef<Buffer> buffers);

/// Proves a layout: offsets are aligned, inside the arena and where they are
/// fixed, and no two live buffers overlap. The error names both:
///   buffers 3 and 7 overlap at position 12
llvm::Error verifyLayout(llvm::ArrayRef<Buffer> buffers,
                         const MemoryLayout &layout);

} // namespace mpc::schedule

#endif // MPC_SCHEDULE_MEMORYLAYOUT_H

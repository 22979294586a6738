// Boxes: the rectangular parts of an array that shards, loads and reads name.
#ifndef MPC_DATA_BOX_H
#define MPC_DATA_BOX_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>

namespace mpc::data {

using Shape = llvm::SmallVector<int64_t, 4>;

/// Elements [begin[d], begin[d] + size[d]) of every dim d.
/// The right half of a 4x6 matrix: begin {0, 3}, size {4, 3}.
struct Box {
  Shape begin;
  Shape size;

  static Box whole(llvm::ArrayRef<int64_t> shape);
  /// 1 for rank 0. The box must lie within an array (see checkWithin).
  int64_t count() const;
  bool operator==(const Box &other) const = default;
};

/// An error unless `box` has `shape`'s rank and lies within it.
llvm::Error checkWithin(const Box &box, llvm::ArrayRef<int64_t> shape);

/// What two boxes of one array share; nothing when that is empty.
std::optional<Box> intersect(const Box &a, const Box &b);

/// Calls `visit(arrayIndex, boxIndex, count)` for each run of elements that is
/// contiguous in the row-major array of `shape`, in ascending order; both
/// indices count elements, in the array and in the dense box. Runs are as long
/// as possible: a whole array is one run. Stops at the first error.
llvm::Error
forEachRun(const Box &box, llvm::ArrayRef<int64_t> shape,
           llvm::function_ref<llvm::Error(int64_t, int64_t, int64_t)> visit);

} // namespace mpc::data

#endif // MPC_DATA_BOX_H

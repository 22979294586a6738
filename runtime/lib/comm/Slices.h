//===- Slices.h - Who reduces what ------------------------------*- C++ -*-===//
#ifndef MPCRT_COMM_SLICES_H
#define MPCRT_COMM_SLICES_H

#include <cstdint>

namespace mpcrt {

/// Elements of the slice that each of `members` reduces of a large all_reduce;
/// whole cache lines.
inline int64_t sliceOf(int64_t count, int64_t members) {
  return (count / members / 64 + 1) * 64;
}

} // namespace mpcrt

#endif // MPCRT_COMM_SLICES_H

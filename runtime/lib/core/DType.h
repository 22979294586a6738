//===- DType.h - Element types and checked sizes ----------------*- C++ -*-===//
#ifndef MPCRT_CORE_DTYPE_H
#define MPCRT_CORE_DTYPE_H

#include "Error.h"
#include <optional>
#include <span>
#include <string_view>

namespace mpcrt {

/// Bytes of one element; `dtype` is one of MPCRT_F32 and so on.
int64_t dtypeBytes(int32_t dtype);
const char *dtypeName(int32_t dtype);
std::optional<int32_t> parseDType(std::string_view name);

/// A size that does not fit; whoever knows the place adds it.
class SizeOverflow : public Error {
public:
  using Error::Error;
};

/// Overflow-checked arithmetic on sizes that come from files; throws
/// SizeOverflow.
int64_t checkedMul(int64_t a, int64_t b);
int64_t checkedAdd(int64_t a, int64_t b);

/// Number of elements of a dense tensor; 1 for rank 0.
int64_t elementCount(std::span<const int64_t> shape);

} // namespace mpcrt

#endif // MPCRT_CORE_DTYPE_H

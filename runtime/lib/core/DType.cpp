//===- DType.cpp - Element types and checked sizes ------------------------===//
#include "DType.h"

namespace mpcrt {

namespace {
struct Entry {
  const char *name;
  int64_t bytes;
};
// Indexed by the MPCRT_* element types.
constexpr Entry entries[MPCRT_DTYPES] = {{"f32", 4}, {"f64", 8},  {"i64", 8},
                                         {"i32", 4}, {"i8", 1},   {"u8", 1},
                                         {"i1", 1},  {"bf16", 2}, {"f16", 2}};
} // namespace

int64_t dtypeBytes(int32_t dtype) { return entries[dtype].bytes; }

const char *dtypeName(int32_t dtype) { return entries[dtype].name; }

std::optional<int32_t> parseDType(std::string_view name) {
  for (int32_t i = 0; i < MPCRT_DTYPES; ++i)
    if (name == entries[i].name)
      return i;
  return std::nullopt;
}

[[noreturn]] static void
overflow(int64_t a, char op, int64_t b,
         std::source_location where = std::source_location::current()) {
  throw SizeOverflow(MPCRT_BAD_MANIFEST,
                     text("size ", a, " ", op, " ", b, " overflows"), where);
}

int64_t checkedMul(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_mul_overflow(a, b, &result))
    overflow(a, '*', b);
  return result;
}

int64_t checkedAdd(int64_t a, int64_t b) {
  int64_t result;
  if (__builtin_add_overflow(a, b, &result))
    overflow(a, '+', b);
  return result;
}

int64_t elementCount(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count = checkedMul(count, size);
  return count;
}

} // namespace mpcrt

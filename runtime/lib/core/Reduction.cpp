//===- Reduction.cpp - Element-wise reductions ----------------------------===//
#include "Reduction.h"
#include "DType.h"
#include "Error.h"
#include "HalfFloat.h"
#include <algorithm>
#include <cstring>

namespace mpcrt {

namespace {
/// How elements are stored and in what type they are reduced.
template <typename Stored> struct Wide {
  using type = Stored;
};
template <> struct Wide<BF16> {
  using type = float;
};
template <> struct Wide<F16> {
  using type = float;
};

template <typename T> T load(T stored) { return stored; }
float load(BF16 stored) { return stored.toFloat(); }
float load(F16 stored) { return stored.toFloat(); }

template <typename T> void store(T &to, T value) { to = value; }
void store(BF16 &to, float value) { to = BF16::fromFloat(value); }
void store(F16 &to, float value) { to = F16::fromFloat(value); }

struct Sum {
  // Integers wrap around, as they do in compiled code.
  template <typename T> T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>)
      return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) +
                            static_cast<std::make_unsigned_t<T>>(b));
    else
      return a + b;
  }
};
struct Max {
  template <typename T> T operator()(T a, T b) const {
    return a > b || a != a ? a : b;
  }
};
struct Min {
  template <typename T> T operator()(T a, T b) const {
    return a < b || a != a ? a : b;
  }
};
} // namespace

/// Chunks stay in the first-level cache while all sources are added to them.
template <typename Stored, typename Op>
static void reduceAll(std::span<const char *const> sources, int64_t offset,
                      const Destinations &results, int64_t count, Op op) {
  using T = typename Wide<Stored>::type;
  constexpr int64_t chunk = 1024;
  alignas(64) T sum[chunk];
  for (int64_t begin = 0; begin < count; begin += chunk) {
    int64_t size = std::min(chunk, count - begin);
    auto *first = reinterpret_cast<const Stored *>(sources[0] + offset) + begin;
    for (int64_t i = 0; i < size; ++i)
      sum[i] = load(first[i]);
    for (size_t s = 1; s < sources.size(); ++s) {
      auto *next =
          reinterpret_cast<const Stored *>(sources[s] + offset) + begin;
      for (int64_t i = 0; i < size; ++i)
        sum[i] = op(sum[i], load(next[i]));
    }
    for (char *to : results.to) {
      auto *result = reinterpret_cast<Stored *>(to + results.offset) + begin;
      for (int64_t i = 0; i < size; ++i)
        store(result[i], sum[i]);
    }
  }
}

template <typename Stored>
static void reduceTyped(Reduce reduce, std::span<const char *const> sources,
                        int64_t offset, const Destinations &results,
                        int64_t count) {
  switch (reduce) {
  case Reduce::Sum:
    return reduceAll<Stored>(sources, offset, results, count, Sum());
  case Reduce::Max:
    return reduceAll<Stored>(sources, offset, results, count, Max());
  case Reduce::Min:
    return reduceAll<Stored>(sources, offset, results, count, Min());
  }
}

void reduceElements(int32_t dtype, Reduce reduce,
                    std::span<const char *const> sources, int64_t offset,
                    const Destinations &results, int64_t count) {
  switch (dtype) {
  case MPCRT_F32:
    return reduceTyped<float>(reduce, sources, offset, results, count);
  case MPCRT_F64:
    return reduceTyped<double>(reduce, sources, offset, results, count);
  case MPCRT_I64:
    return reduceTyped<int64_t>(reduce, sources, offset, results, count);
  case MPCRT_I32:
    return reduceTyped<int32_t>(reduce, sources, offset, results, count);
  case MPCRT_I8:
    return reduceTyped<int8_t>(reduce, sources, offset, results, count);
  case MPCRT_U8:
    return reduceTyped<uint8_t>(reduce, sources, offset, results, count);
  case MPCRT_BF16:
    return reduceTyped<BF16>(reduce, sources, offset, results, count);
  case MPCRT_F16:
    return reduceTyped<F16>(reduce, sources, offset, results, count);
  default:
    fail(MPCRT_UNSUPPORTED, text("cannot reduce ", dtypeName(dtype)));
  }
}

} // namespace mpcrt

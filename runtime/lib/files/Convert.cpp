//===- Convert.cpp - Values of one type as values of another --------------===//
//
// One loop per pair of element types, so that each vectorises.
//
//===----------------------------------------------------------------------===//
#include "mpcrt/files/ElementType.h"
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

namespace mpcrt {

namespace {
struct BFloat16 {
  uint16_t bits;
};
struct Half {
  uint16_t bits;
};
struct Bool {
  uint8_t byte;
};
} // namespace

static float widen(BFloat16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(value.bits) << 16);
}

static float widen(Half value) {
  uint32_t sign = static_cast<uint32_t>(value.bits & 0x8000) << 16;
  uint32_t exponent = (value.bits >> 10) & 31;
  uint32_t mantissa = value.bits & 0x3ff;
  if (exponent == 0) {
    float magnitude = std::ldexp(static_cast<float>(mantissa), -24);
    return sign ? -magnitude : magnitude;
  }
  uint32_t rebiased = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | rebiased << 23 | mantissa << 13);
}

static uint8_t widen(Bool value) { return value.byte != 0; }
template <typename T> static T widen(T value) { return value; }

static BFloat16 roundToBFloat16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value))
    return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16)};
}

static Half roundToHalf(float value) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  float magnitude = std::fabs(value);
  if (std::isnan(value))
    return {static_cast<uint16_t>(sign | 0x7e00)};
  if (magnitude >= 65520.0f)
    return {static_cast<uint16_t>(sign | 0x7c00)};
  if (magnitude < 0x1p-14f) // subnormal: a whole number of 2^-24
    return {static_cast<uint16_t>(
        sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24f)))};
  uint32_t bits = std::bit_cast<uint32_t>(magnitude);
  bits += 0xfff + (bits >> 13 & 1);
  return {static_cast<uint16_t>(sign | ((bits >> 13) - (112 << 10)))};
}

/// Whether `value` is a whole number that `To` holds. The upper bound 2^digits
/// is exact in both float and double; numeric_limits::max() is not.
template <typename To, typename From> static bool holdsExactly(From value) {
  if constexpr (std::is_floating_point_v<From>) {
    const From end =
        std::ldexp(static_cast<From>(1), std::numeric_limits<To>::digits);
    const From begin = std::is_signed_v<To> ? -end : static_cast<From>(0);
    return value >= begin && value < end && value == std::trunc(value);
  } else {
    return std::in_range<To>(value);
  }
}

/// Sets `target` unless the value does not fit.
template <typename To, typename From>
static bool narrow(From value, To &target) {
  if constexpr (std::is_same_v<To, BFloat16>) {
    target = roundToBFloat16(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, Half>) {
    target = roundToHalf(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, Bool>) {
    if (value != 0 && value != 1)
      return false;
    target = {static_cast<uint8_t>(value != 0)};
  } else if constexpr (std::is_floating_point_v<To>) {
    target = static_cast<To>(value);
  } else {
    if (!holdsExactly<To>(value))
      return false;
    target = static_cast<To>(value);
  }
  return true;
}

/// The number of elements converted: `count`, or the index of a misfit.
template <typename From, typename To>
static int64_t convertRange(const char *source, char *target, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    From value;
    To converted;
    std::memcpy(&value, source + i * sizeof(From), sizeof(From));
    if (!narrow<To>(widen(value), converted))
      return i;
    std::memcpy(target + i * sizeof(To), &converted, sizeof(To));
  }
  return count;
}

template <typename Function>
static auto withType(ElementType type, Function function) {
  switch (type) {
  case ElementType::F64:
    return function(double());
  case ElementType::F32:
    return function(float());
  case ElementType::F16:
    return function(Half());
  case ElementType::BF16:
    return function(BFloat16());
  case ElementType::I64:
    return function(int64_t());
  case ElementType::I32:
    return function(int32_t());
  case ElementType::I16:
    return function(int16_t());
  case ElementType::I8:
    return function(int8_t());
  case ElementType::U64:
    return function(uint64_t());
  case ElementType::U32:
    return function(uint32_t());
  case ElementType::U16:
    return function(uint16_t());
  case ElementType::U8:
    return function(uint8_t());
  case ElementType::I1:
    return function(Bool());
  }
  throw FileError("not an element type");
}

static std::string elementText(ElementType type, const char *element) {
  return withType(type, [&](auto value) {
    std::memcpy(&value, element, sizeof(value));
    auto wide = widen(value);
    return std::to_string(wide);
  });
}

void convert(ElementType from, const char *source, ElementType to, char *target,
             int64_t count) {
  if (from == to) {
    if (count)
      std::memcpy(target, source, count * elementBytes(from));
    return;
  }
  int64_t done = withType(from, [&](auto f) {
    return withType(to, [&](auto t) {
      return convertRange<decltype(f), decltype(t)>(source, target, count);
    });
  });
  if (done != count)
    throw FileError("element " + std::to_string(done) + " is " +
                    elementText(from, source + done * elementBytes(from)) +
                    ", which " + typeName(to) + " cannot hold");
}

} // namespace mpcrt

//===- HalfFloat.h - bf16 and f16 through f32 -------------------*- C++ -*-===//
#ifndef MPCRT_CORE_HALFFLOAT_H
#define MPCRT_CORE_HALFFLOAT_H

#include <bit>
#include <cmath>
#include <cstdint>

namespace mpcrt {

/// Storage of one bf16: the upper half of an f32. Conversion rounds to nearest,
/// ties to even.
struct BF16 {
  uint16_t bits;

  float toFloat() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
  static BF16 fromFloat(float value) {
    auto word = std::bit_cast<uint32_t>(value);
    if (value != value) // keep it a NaN
      return {static_cast<uint16_t>((word >> 16) | 0x40)};
    word += 0x7fff + ((word >> 16) & 1);
    return {static_cast<uint16_t>(word >> 16)};
  }
};

/// Storage of one IEEE f16. Conversion rounds to nearest, ties to even.
struct F16 {
  uint16_t bits;

  float toFloat() const {
    uint32_t sign = (bits & 0x8000u) << 16;
    uint32_t exponent = (bits >> 10) & 0x1f, mantissa = bits & 0x3ff;
    if (exponent == 0x1f)
      return std::bit_cast<float>(sign | 0x7f800000u | (mantissa << 13));
    if (exponent == 0) { // zero or subnormal: mantissa * 2^-24
      float value = static_cast<float>(mantissa) * 0x1p-24f;
      return sign ? -value : value;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) |
                                (mantissa << 13));
  }
  static F16 fromFloat(float value) {
    auto word = std::bit_cast<uint32_t>(value);
    auto sign = static_cast<uint16_t>((word >> 16) & 0x8000u);
    float size = std::fabs(value);
    if (value != value)
      return {static_cast<uint16_t>(sign | 0x7e00)};
    if (size >= 65520.0f) // the first value that rounds to infinity
      return {static_cast<uint16_t>(sign | 0x7c00)};
    if (size < 0x1p-14f) // subnormal: adding 2^-1 rounds at the last place
      return {static_cast<uint16_t>(
          sign | (std::bit_cast<uint32_t>(size + 0.5f) - 0x3f000000u))};
    auto rounded = std::bit_cast<uint32_t>(size);
    rounded += 0xfff + ((rounded >> 13) & 1);
    return {static_cast<uint16_t>(sign | ((rounded >> 13) - (112u << 10)))};
  }
};

} // namespace mpcrt

#endif // MPCRT_CORE_HALFFLOAT_H

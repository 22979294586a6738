//===- InitialValues.cpp - The first values of variables ------------------===//
#include "mpcrt/package/InitialValues.h"
#include "Philox.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

namespace mpcrt {

/// FNV-1a: a variable's random stream depends on its name, not on its place.
static uint64_t hashName(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3ull;
  return hash;
}

/// (0, 1], so that its logarithm is finite.
static double toUnit(uint32_t bits) { return (bits + 1.0) * 0x1p-32; }

static double draw(const Distribution &distribution, const PhiloxBlock &bits) {
  if (distribution.kind == DistributionKind::Uniform)
    return distribution.a +
           (distribution.b - distribution.a) * (bits[0] * 0x1p-32);
  // Box and Muller
  double radius = std::sqrt(-2.0 * std::log(toUnit(bits[0])));
  double angle = 2.0 * std::numbers::pi * toUnit(bits[1]);
  return distribution.a + distribution.b * radius * std::cos(angle);
}

void drawInitialValues(const Distribution &distribution, uint64_t seed,
                       std::string_view name, std::span<float> values) {
  if (distribution.kind == DistributionKind::Constant) {
    std::fill(values.begin(), values.end(), static_cast<float>(distribution.a));
    return;
  }
  uint64_t stream = hashName(name);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(draw(distribution, philox(seed, i, stream)));
}

template <typename T, typename Draw>
static bool fillWith(std::span<char> bytes, Draw draw) {
  for (size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
    T value = static_cast<T>(draw());
    std::memcpy(bytes.data() + at, &value, sizeof(T));
  }
  return true;
}

bool drawInput(ElementType type, uint64_t limit, uint64_t seed, int64_t step,
               unsigned input, std::span<char> bytes) {
  std::mt19937_64 random(seed * 1000003 + step * 1009 + input);
  std::normal_distribution<double> normal;
  auto number = [&] { return normal(random); };
  auto index = [&] { return random() % limit; };
  switch (type) {
  case ElementType::F32:
    return fillWith<float>(bytes, number);
  case ElementType::F64:
    return fillWith<double>(bytes, number);
  case ElementType::I64:
    return fillWith<int64_t>(bytes, index);
  case ElementType::I32:
    return fillWith<int32_t>(bytes, index);
  case ElementType::I8:
    return fillWith<int8_t>(bytes, index);
  case ElementType::U8:
    return fillWith<uint8_t>(bytes, index);
  case ElementType::I1:
    return fillWith<uint8_t>(bytes, [&] { return random() % 2; });
  default:
    return false;
  }
}

} // namespace mpcrt

//===- Order.cpp - The order of samples -----------------------------------===//
#include "mpcrt/files/Order.h"
#include <numeric>
#include <utility>

namespace mpcrt {

namespace {
/// Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
class SplitMix64 {
public:
  explicit SplitMix64(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }

  /// Uniform in [0, bound): the values that would favour some are drawn again.
  uint64_t below(uint64_t bound) {
    uint64_t surplus = (0 - bound) % bound; // 2^64 mod bound
    uint64_t value = next();
    while (value < surplus)
      value = next();
    return value % bound;
  }

private:
  uint64_t state;
};
} // namespace

std::vector<int64_t> orderSamples(uint64_t seed, int64_t epoch, int64_t count) {
  std::vector<int64_t> order(count);
  std::iota(order.begin(), order.end(), int64_t{0});
  SplitMix64 random(SplitMix64(seed).next() + static_cast<uint64_t>(epoch));
  for (int64_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

} // namespace mpcrt

//===- Random.h - draws that are the same on every machine ------*- C++ -*-===//

#ifndef MPC_TEST_RANDOM_RANDOM_H
#define MPC_TEST_RANDOM_RANDOM_H

#include "llvm/ADT/ArrayRef.h"
#include <random>

namespace mpc::test {

/// The standard's distributions differ from library to library; these do not.
class Random {
public:
  explicit Random(uint64_t seed) : engine(seed) {}
  /// Draws of part `index` do not depend on how many the other parts take.
  Random(uint64_t seed, uint64_t index)
      : engine(seed * 0x9E3779B97F4A7C15 + index * 0xBF58476D1CE4E5B9 + 1) {}

  /// A number of [0, limit).
  int64_t below(int64_t limit) { return engine() % limit; }
  /// A number of [low, high].
  int64_t between(int64_t low, int64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(int percent) { return below(100) < percent; }
  template <typename T> T pick(llvm::ArrayRef<T> list) {
    return list[below(list.size())];
  }
  template <typename T> T pick(std::initializer_list<T> list) {
    return pick(llvm::ArrayRef<T>(list.begin(), list.size()));
  }

private:
  std::mt19937_64 engine;
};

} // namespace mpc::test

#endif

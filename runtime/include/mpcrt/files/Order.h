//===- Order.h - The order of samples ---------------------------*- C++ -*-===//
#ifndef MPCRT_FILES_ORDER_H
#define MPCRT_FILES_ORDER_H

#include <cstdint>
#include <vector>

namespace mpcrt {

/// A permutation of [0, count): Fisher-Yates driven by splitmix64 from (seed,
/// epoch). The same on every machine and in every version of mpc.
std::vector<int64_t> orderSamples(uint64_t seed, int64_t epoch, int64_t count);

} // namespace mpcrt

#endif // MPCRT_FILES_ORDER_H

//===- Philox.h - counter-based random numbers on the host ------*- C++ -*-===//
//
// Philox4x32-10 (Salmon et al., SC'11), the generator of mpc.random_bits: the
// same seed and index give the same numbers wherever they are computed.
//
//===----------------------------------------------------------------------===//

#ifndef MPCRT_PACKAGE_PHILOX_H
#define MPCRT_PACKAGE_PHILOX_H

#include <array>
#include <cstdint>

namespace mpcrt {

using PhiloxBlock = std::array<uint32_t, 4>;

inline PhiloxBlock philox(uint64_t seed, uint64_t index, uint64_t stream) {
  PhiloxBlock x = {
      static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
      static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)};
  auto k0 = static_cast<uint32_t>(seed), k1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = 0xD2511F53ull * x[0], p1 = 0xCD9E8D57ull * x[2];
    x = {static_cast<uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ x[3] ^ k1,
         static_cast<uint32_t>(p0)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return x;
}

} // namespace mpcrt

#endif

//===- Collective.h - Who holds which block ---------------------*- C++ -*-===//
#ifndef MPCRT_CORE_COLLECTIVE_H
#define MPCRT_CORE_COLLECTIVE_H

#include "Manifest.h"

namespace mpcrt {

/// Part of a dimension held by one member of a group.
struct Block {
  int64_t begin, size;
};

/// Block `member` of a dimension of `extent`; the last one may be smaller:
/// extent 10 in blocks of 4 gives [0, 4) [4, 8) [8, 10).
Block blockOf(int64_t extent, int64_t block, int64_t member);

/// Dense local shapes of a member's source and result.
std::vector<int64_t> sourceShape(const CollectiveLaunch &launch,
                                 int64_t member);
std::vector<int64_t> resultShape(const CollectiveLaunch &launch,
                                 int64_t member);

/// Bytes of the whole tensor that the collective is about.
int64_t fullBytes(const CollectiveLaunch &launch);

/// Two members may only meet with equal launches.
bool sameCollective(const CollectiveLaunch &a, const CollectiveLaunch &b);

} // namespace mpcrt

#endif // MPCRT_CORE_COLLECTIVE_H

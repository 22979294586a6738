//===- DescLess.h - Orders descriptions of work -----------------*- C++ -*-===//
#ifndef MPCRT_CORE_DESCLESS_H
#define MPCRT_CORE_DESCLESS_H

#include <cstring>

namespace mpcrt {

/// Orders structures of the ABI, which have no padding, so that equal problems
/// share one plan.
struct DescLess {
  template <typename Desc> bool operator()(const Desc &a, const Desc &b) const {
    return std::memcmp(&a, &b, sizeof a) < 0;
  }
};

} // namespace mpcrt

#endif // MPCRT_CORE_DESCLESS_H

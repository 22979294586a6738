//===- Stamps.h - When a device got where -----------------------*- C++ -*-===//
#ifndef MPCRT_CORE_STAMPS_H
#define MPCRT_CORE_STAMPS_H

#include <cstddef>
#include <cstdint>

namespace mpcrt {

/// Moments in the order of what a device does, for traces. What is needed for
/// `count` slots is made beforehand, so that a run allocates nothing.
///
///   worker    put(0) | kernels of action 0 | put(1)      at(0), at(1): when
///   the receives  put(2) | copy of action 1    | put(3)      device was there
class Stamps {
public:
  virtual ~Stamps() = default;
  /// A run begins; nothing is under way. `leader` is null, or began the run
  /// before for another device of this kind: devices that share a clock then
  /// read it from one place.
  virtual void begin(const Stamps *leader) = 0;
  /// The moment at which all is done that the calling thread has asked for.
  virtual void put(size_t slot) = 0;
  /// Nanoseconds of CLOCK_MONOTONIC, when the device has synchronized.
  virtual int64_t at(size_t slot) const = 0;
};

} // namespace mpcrt

#endif // MPCRT_CORE_STAMPS_H

//===- EventStamps.h - Times of a GPU's work --------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_EVENTSTAMPS_H
#define MPCRT_CUDA_EVENTSTAMPS_H

#include "Handles.h"
#include <deque>

namespace mpcrt::cuda {

class CUDADevice;

/// Events with times, one a slot, recorded on the streams of a device. They are
/// measured from an event that is recorded when a run begins, between two looks
/// at the host's clock; the devices of a GPU share that one.
class EventStamps final : public Stamps {
public:
  EventStamps(const CUDADevice &device, size_t count);

  void begin(const Stamps *leader) override;
  void put(size_t slot) override;
  int64_t at(size_t slot) const override;

private:
  struct Anchor {
    OwnedEvent event{EventWithTiming};
    int64_t nanoseconds = 0; // of the host's clock
  };
  void dropAnchor();

  const CUDADevice &device;
  std::deque<OwnedEvent> events;
  Anchor own;
  const Anchor *anchor = &own;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_EVENTSTAMPS_H

//===- EventStamps.cpp - Times of a GPU's work ----------------------------===//
#include "EventStamps.h"
#include "CUDADevice.h"
#include <chrono>
#include <cmath>

namespace mpcrt::cuda {

EventStamps::EventStamps(const CUDADevice &device, size_t count)
    : device(device) {
  for (size_t i = 0; i < count; ++i)
    events.emplace_back(EventWithTiming);
}

static int64_t hostNanoseconds() {
  auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

/// The GPU is there at some time between the two looks, and idle, so that it is
/// there soon. A new anchor for every run keeps the floats of the driver, which
/// count from there, precise.
void EventStamps::dropAnchor() {
  int64_t before = hostNanoseconds();
  MPCRT_CUDA_CALL(cuEventRecord, own.event, device.stream());
  MPCRT_CUDA_CALL(cuEventSynchronize, own.event);
  own.nanoseconds = before + (hostNanoseconds() - before) / 2;
  anchor = &own;
}

void EventStamps::begin(const Stamps *leader) {
  auto *first = static_cast<const EventStamps *>(leader);
  device.context().makeCurrent();
  if (first && first->device.context().isSameGPU(device.context()))
    anchor = first->anchor;
  else
    dropAnchor();
}

void EventStamps::put(size_t slot) {
  MPCRT_CUDA_CALL(cuEventRecord, events[slot], device.stream());
}

int64_t EventStamps::at(size_t slot) const {
  float milliseconds = 0;
  MPCRT_CUDA_CALL(cuEventElapsedTime, &milliseconds, anchor->event,
                  events[slot]);
  return anchor->nanoseconds + std::llround(double{milliseconds} * 1e6);
}

} // namespace mpcrt::cuda

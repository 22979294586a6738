//===- Handles.h - Owners of the driver's objects ---------------*- C++ -*-===//
#ifndef MPCRT_CUDA_HANDLES_H
#define MPCRT_CUDA_HANDLES_H

#include "../core/Device.h"
#include "Libraries.h"
#include <string>

namespace mpcrt::cuda {

/// The primary context of one GPU, which the devices of a process share.
class PrimaryContext {
public:
  explicit PrimaryContext(int ordinal);
  ~PrimaryContext();
  PrimaryContext(const PrimaryContext &) = delete;
  PrimaryContext &operator=(const PrimaryContext &) = delete;

  /// For the calling thread; what other classes here do needs it.
  void makeCurrent() const { MPCRT_CUDA_CALL(cuCtxSetCurrent, context); }
  /// "NVIDIA H200".
  const std::string &model() const { return gpuModel; }
  /// "GPU 0 (NVIDIA H200) has 1.5 GiB free of 141 GiB".
  std::string describeFreeMemory() const;
  bool isSameGPU(const PrimaryContext &other) const {
    return device == other.device;
  }

private:
  int device = 0;
  Context context = nullptr;
  std::string gpuName, gpuModel;
};

/// One order of work. A lower `priority` number goes first.
class OwnedStream {
public:
  explicit OwnedStream(int priority);
  ~OwnedStream();
  OwnedStream(const OwnedStream &) = delete;
  OwnedStream &operator=(const OwnedStream &) = delete;
  operator Stream() const { return stream; }

private:
  Stream stream = nullptr;
};

class OwnedEvent {
public:
  explicit OwnedEvent(unsigned flags);
  ~OwnedEvent();
  OwnedEvent(const OwnedEvent &) = delete;
  OwnedEvent &operator=(const OwnedEvent &) = delete;
  operator Event() const { return event; }

private:
  Event event = nullptr;
};

/// A mark, which is set by recording the event.
class EventMark final : public Mark {
public:
  operator Event() const { return event; }

private:
  OwnedEvent event{EventWithoutTiming};
};

/// Memory of the host that copies and GPUs reach directly.
class PinnedMemory {
public:
  explicit PinnedMemory(size_t bytes);
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory &) = delete;
  PinnedMemory &operator=(const PinnedMemory &) = delete;
  char *data() const { return static_cast<char *>(memory); }

private:
  void *memory = nullptr;
};

/// Zeroed memory of the GPU. Fails with MPCRT_OUT_OF_MEMORY, what is needed
/// (what for: " beside its arena") and what is free.
class DeviceMemory {
public:
  DeviceMemory(Index device, int64_t bytes, const PrimaryContext &context,
               Stream stream, const char *purpose = "");
  ~DeviceMemory();
  DeviceMemory(const DeviceMemory &) = delete;
  DeviceMemory &operator=(const DeviceMemory &) = delete;
  /// An address of the GPU: nothing for the host to read.
  char *data() const { return reinterpret_cast<char *>(address); }

private:
  Address address = 0;
};

inline Address addressOf(const char *pointer) {
  return reinterpret_cast<Address>(pointer);
}

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_HANDLES_H

//===- Handles.cpp - Owners of the driver's objects -----------------------===//
#include "Handles.h"
#include "../core/Error.h"
#include <cmath>

namespace mpcrt::cuda {

PrimaryContext::PrimaryContext(int ordinal) {
  MPCRT_CUDA_CALL(cuDeviceGet, &device, ordinal);
  char name[128] = "";
  MPCRT_CUDA_CALL(cuDeviceGetName, name, sizeof name, device);
  gpuModel = name;
  gpuName = text("GPU ", ordinal, " (", name, ")");
  MPCRT_CUDA_CALL(cuDevicePrimaryCtxRetain, &context, device);
  makeCurrent();
}

/// "1.5 GiB".
static std::string sizeText(size_t bytes) {
  const char *const units[] = {" KiB", " MiB", " GiB"};
  double value = static_cast<double>(bytes) / 1024;
  int unit = 0;
  for (; value >= 1024 && unit < 2; ++unit)
    value /= 1024;
  return text(std::round(value * 10) / 10, units[unit]);
}

std::string PrimaryContext::describeFreeMemory() const {
  size_t available = 0, total = 0;
  MPCRT_CUDA_CALL(cuMemGetInfo_v2, &available, &total);
  return text(gpuName, " has ", sizeText(available), " free of ",
              sizeText(total));
}

PrimaryContext::~PrimaryContext() {
  driver().cuDevicePrimaryCtxRelease_v2(device);
}

OwnedStream::OwnedStream(int priority) {
  MPCRT_CUDA_CALL(cuStreamCreateWithPriority, &stream, NonBlockingStream,
                  priority);
}

OwnedStream::~OwnedStream() { driver().cuStreamDestroy_v2(stream); }

OwnedEvent::OwnedEvent(unsigned flags) {
  MPCRT_CUDA_CALL(cuEventCreate, &event, flags);
}

OwnedEvent::~OwnedEvent() { driver().cuEventDestroy_v2(event); }

PinnedMemory::PinnedMemory(size_t bytes) {
  int result = driver().cuMemAllocHost_v2(&memory, bytes);
  if (result == OutOfMemory)
    fail(MPCRT_OUT_OF_MEMORY,
         text("the host has no ", sizeText(bytes),
              " of memory to pin for a GPU's copies; end what else uses it"));
  check(result, "cuMemAllocHost_v2");
}

PinnedMemory::~PinnedMemory() { driver().cuMemFreeHost(memory); }

DeviceMemory::DeviceMemory(Index device, int64_t bytes,
                           const PrimaryContext &context, Stream stream,
                           const char *purpose) {
  size_t size = bytes ? static_cast<size_t>(bytes) : 1;
  int result = driver().cuMemAlloc_v2(&address, size);
  if (result == OutOfMemory)
    fail(MPCRT_OUT_OF_MEMORY,
         text("device ", device, " needs ", sizeText(size), purpose, ", but ",
              context.describeFreeMemory(),
              "; plan with more devices, more micro-batches or a smaller "
              "memory budget, or end what else uses this GPU"));
  check(result, "cuMemAlloc_v2");
  MPCRT_CUDA_CALL(cuMemsetD8Async, address, 0, size, stream);
  MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
}

DeviceMemory::~DeviceMemory() { driver().cuMemFree_v2(address); }

} // namespace mpcrt::cuda

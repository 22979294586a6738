//===- Machine.cpp - The GPUs of the stand-in -----------------------------===//
#include "DriverSymbols.h"
#include "Standin.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mpcrt::cuda {
extern "C" {
#define MPCRT_NVML(name, parameters)                                           \
  __attribute__((visibility("default"))) int name parameters;
#include "cuda/Symbols.def"
}
} // namespace mpcrt::cuda

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {

constexpr int invalidValue = 1, invalidDevice = 101;

standin::MachineOfGPUs &machine() {
  static standin::MachineOfGPUs current = [] {
    const char *count = std::getenv("MPCRT_STANDIN_GPUS");
    standin::MachineOfGPUs made;
    made.gpus.resize(count ? std::atoi(count) : 1);
    made.block = count ? 2 : 1;
    return made;
  }();
  return current;
}

bool exists(int device) {
  return device >= 0 && device < static_cast<int>(machine().gpus.size());
}

/// NVML's handle of a GPU is its number and 1.
const standin::GPU &gpuOf(NvmlDevice device) {
  return machine().gpus[reinterpret_cast<uintptr_t>(device) - 1];
}

} // namespace

void standin::setMachine(const MachineOfGPUs &given) { machine() = given; }

namespace mpcrt::cuda {
extern "C" {

//===----------------------------------------------------------------------===//
// The driver
//===----------------------------------------------------------------------===//

int cuDeviceGetCount(int *count) {
  *count = static_cast<int>(machine().gpus.size());
  return Success;
}
int cuDeviceGet(int *device, int ordinal) {
  *device = ordinal;
  return exists(ordinal) ? int(Success) : invalidDevice;
}
int cuDeviceGetName(char *name, int length, int device) {
  std::snprintf(name, length, "%s", machine().gpus[device].name.c_str());
  return Success;
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) {
  *bytes = machine().gpus[device].memory;
  return Success;
}
int cuDeviceGetAttribute(int *value, int attribute, int device) {
  if (!exists(device))
    return invalidDevice;
  const standin::GPU &gpu = machine().gpus[device];
  switch (attribute) {
  case DeviceMajor:
    return *value = gpu.major, Success;
  case DeviceMinor:
    return *value = gpu.minor, Success;
  case DeviceMultiprocessors:
    return *value = gpu.multiprocessors, Success;
  case DeviceClock:
    return *value = gpu.clock, Success;
  case DeviceMemoryClock:
    return *value = gpu.memoryClock, Success;
  case DeviceMemoryBus:
    return *value = gpu.memoryBus, Success;
  default:
    return invalidValue;
  }
}
int cuDeviceGetP2PAttribute(int *value, int attribute, int from, int to) {
  if (!exists(from) || !exists(to) || from == to)
    return invalidDevice;
  bool isLinked = from / machine().block == to / machine().block;
  switch (attribute) {
  case PairHasAccess:
    return *value = isLinked || machine().reachOverBus, Success;
  case PairHasAtomics:
    return *value = isLinked, Success;
  default:
    return invalidValue;
  }
}
int cuDeviceGetPCIBusId(char *text, int length, int device) {
  std::snprintf(text, length, "0000:%02x:00.0", device + 1);
  return Success;
}

//===----------------------------------------------------------------------===//
// NVML
//===----------------------------------------------------------------------===//

int nvmlInit_v2() { return Success; }
int nvmlDeviceGetHandleByPciBusId_v2(const char *busId, NvmlDevice *device) {
  unsigned number = 0;
  if (std::sscanf(busId, "0000:%x:00.0", &number) != 1)
    return invalidValue;
  *device = reinterpret_cast<NvmlDevice>(uintptr_t{number});
  return Success;
}
int nvmlDeviceGetNvLinkState(NvmlDevice device, unsigned link, int *isUp) {
  if (link >= gpuOf(device).links + 2) // two more, which are down
    return invalidValue;
  *isUp = link < gpuOf(device).links;
  return Success;
}
int nvmlDeviceGetMaxPcieLinkGeneration(NvmlDevice device,
                                       unsigned *generation) {
  *generation = gpuOf(device).pcieGeneration;
  return Success;
}
int nvmlDeviceGetMaxPcieLinkWidth(NvmlDevice device, unsigned *lanes) {
  *lanes = gpuOf(device).pcieLanes;
  return Success;
}

} // extern "C"
} // namespace mpcrt::cuda

//===- Machine.cpp - The GPUs of this machine -----------------------------===//
#include "Machine.h"
#include "../core/Error.h"
#include "Libraries.h"

namespace mpcrt::cuda {

static int countGPUs() {
  int count = 0;
  MPCRT_CUDA_CALL(cuDeviceGetCount, &count);
  return count;
}

static int attribute(int number, int device) {
  int value = 0;
  MPCRT_CUDA_CALL(cuDeviceGetAttribute, &value, number, device);
  return value;
}

/// NVLink and PCIe, which the driver leaves to NVML.
static void addLinks(mpcrt_device_info &info, int device) {
  info.links = -1;
  const Nvml *api = nvml();
  char busId[32] = "";
  NvmlDevice handle = nullptr;
  if (!api ||
      driver().cuDeviceGetPCIBusId(busId, sizeof busId, device) != Success ||
      api->nvmlDeviceGetHandleByPciBusId_v2(busId, &handle) != Success)
    return;
  info.links = 0;
  for (unsigned link = 0; link < nvmlLinks; ++link) {
    int isUp = 0; // a GPU without this link returns an error
    if (api->nvmlDeviceGetNvLinkState(handle, link, &isUp) == Success && isUp)
      ++info.links;
  }
  unsigned value = 0;
  if (api->nvmlDeviceGetMaxPcieLinkGeneration(handle, &value) == Success)
    info.pcie_generation = static_cast<int32_t>(value);
  if (api->nvmlDeviceGetMaxPcieLinkWidth(handle, &value) == Success)
    info.pcie_lanes = static_cast<int32_t>(value);
}

std::vector<mpcrt_device_info> listGPUs() {
  std::vector<mpcrt_device_info> infos(countGPUs());
  for (size_t ordinal = 0; ordinal < infos.size(); ++ordinal) {
    mpcrt_device_info &info = infos[ordinal];
    int device = 0;
    size_t bytes = 0;
    MPCRT_CUDA_CALL(cuDeviceGet, &device, static_cast<int>(ordinal));
    MPCRT_CUDA_CALL(cuDeviceGetName, info.name, sizeof info.name, device);
    MPCRT_CUDA_CALL(cuDeviceTotalMem_v2, &bytes, device);
    info.memory_bytes = static_cast<int64_t>(bytes);
    info.compute_capability =
        10 * attribute(DeviceMajor, device) + attribute(DeviceMinor, device);
    info.multiprocessors = attribute(DeviceMultiprocessors, device);
    info.clock_khz = attribute(DeviceClock, device);
    info.memory_clock_khz = attribute(DeviceMemoryClock, device);
    info.memory_bus_bits = attribute(DeviceMemoryBus, device);
    addLinks(info, device);
  }
  return infos;
}

int32_t linkBetweenGPUs(Index from, Index to) {
  for (Index device : {from, to})
    if (device < 0 || device >= countGPUs())
      fail(MPCRT_INVALID_ARGUMENT, text("there is no device ", device,
                                        "; this machine has ", countGPUs()));
  auto has = [&](int number) {
    int value = 0, source = 0, target = 0;
    MPCRT_CUDA_CALL(cuDeviceGet, &source, from);
    MPCRT_CUDA_CALL(cuDeviceGet, &target, to);
    MPCRT_CUDA_CALL(cuDeviceGetP2PAttribute, &value, number, source, target);
    return value != 0;
  };
  if (!has(PairHasAccess))
    return MPCRT_LINK_HOST;
  return has(PairHasAtomics) ? MPCRT_LINK_NVLINK : MPCRT_LINK_PCIE;
}

} // namespace mpcrt::cuda

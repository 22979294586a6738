//===- Machine.h - The GPUs of this machine ---------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_MACHINE_H
#define MPCRT_CUDA_MACHINE_H

#include "../core/Device.h"

namespace mpcrt::cuda {

/// Those that the driver shows (CUDA_VISIBLE_DEVICES), by its numbers. Links
/// are unknown without NVML.
std::vector<mpcrt_device_info> listGPUs();

/// Over NVLink GPUs do atomic operations on each other's memory, over PCIe they
/// do not: so the driver tells the two apart.
int32_t linkBetweenGPUs(Index from, Index to);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_MACHINE_H

//===- Plugin.cpp - What the CUDA plugin offers ---------------------------===//
#include "../core/Registry.h"
#include "CUDADevice.h"
#include "nccl/Communicator.h"

using namespace mpcrt;

extern "C" __attribute__((visibility("default"))) const BackendPlugin *
mpcrt_backend_plugin() {
  static const BackendPlugin plugin = [] {
    BackendPlugin offered;
    offered.device = &cuda::cudaDriver();
    offered.communicator = &cuda::ncclDriver();
    return offered;
  }();
  return &plugin;
}

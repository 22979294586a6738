//===- CUDADevice.cpp - A device on a GPU ---------------------------------===//
#include "CUDADevice.h"
#include "../core/Error.h"
#include <atomic>

namespace mpcrt::cuda {

/// Of the calling thread.
static thread_local Lane ownLane = Lane::Compute;

// Communication goes first: others wait for it.
static constexpr int computePriority = 0, communicationPriority = -1;

static int ordinalOf(const DeviceConfig &config) {
  int count = 0;
  MPCRT_CUDA_CALL(cuDeviceGetCount, &count);
  return config.processHere % count;
}

CUDADevice::CUDADevice(const DeviceConfig &config)
    : config(config), gpu(ordinalOf(config)), compute(computePriority),
      collectives(communicationPriority), messages(communicationPriority),
      arena(config.device, config.arena.bytes, gpu, compute), staging(compute),
      code(config.executable), progress(sizeof(uint32_t)) {
  *reinterpret_cast<uint32_t *>(progress.data()) = 0;
}

CUDADevice::~CUDADevice() {
  // After an error work may be left; errors do not matter any more.
  const Driver &api = driver();
  try {
    gpu.makeCurrent();
  } catch (const DeviceError &) {
  }
  for (Stream stream : {Stream(messages), Stream(collectives), Stream(compute)})
    api.cuStreamSynchronize(stream);
}

void CUDADevice::bindThread() { gpu.makeCurrent(); }

void CUDADevice::bindCommunicationThread(Lane lane) {
  ownLane = lane;
  gpu.makeCurrent();
}

Stream CUDADevice::stream() const {
  switch (ownLane) {
  case Lane::Compute:
    break;
  case Lane::Collectives:
    return collectives;
  case Lane::Messages:
    return messages;
  }
  return compute;
}

void CUDADevice::prepare(const std::vector<const MatmulLaunch *> &launches) {
  if (launches.empty())
    return;
  matmuls.emplace();
  MatmulScratch scratch = {config.device, address(config.arena.workspaceOffset),
                           config.arena.workspaceBytes};
  for (const MatmulLaunch *launch : launches)
    matmuls->prepare(*launch, scratch, code, gpu, address(0), compute);
  // Measurements have left something.
  fill(address(0), 0, config.arena.bytes);
  synchronize();
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

void CUDADevice::kernel(const KernelLaunch &launch, char *const *buffers,
                        const int64_t *scalars) {
  code.launch(launch, buffers, scalars, stream());
}

void CUDADevice::matmul(const MatmulLaunch &launch, char *a, char *b, char *c,
                        char *bias) {
  matmuls->run(launch, code, a, b, c, bias, stream());
}

void CUDADevice::copy(const StridedCopy &copy, const char *src, char *dst) {
  code.copy(copy, src, dst, stream());
}

void CUDADevice::fill(char *dst, uint8_t value, int64_t bytes) {
  if (bytes)
    MPCRT_CUDA_CALL(cuMemsetD8Async, addressOf(dst), value, bytes, stream());
}

void CUDADevice::reduce(const CollectiveLaunch &launch,
                        std::span<const char *const> sources, int64_t offset,
                        const Destinations &results, int64_t count) {
  code.reduce(launch, sources, offset, results, count, stream());
}

void CUDADevice::upload(const StridedCopy &copy, const char *host, char *dst) {
  gpu.makeCurrent();
  staging.upload(copy, host, dst);
}

void CUDADevice::download(const StridedCopy &copy, const char *src,
                          char *host) {
  gpu.makeCurrent();
  staging.download(copy, src, host);
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

std::unique_ptr<Mark> CUDADevice::createMark() {
  gpu.makeCurrent();
  return std::make_unique<EventMark>();
}

void CUDADevice::set(Mark *mark) {
  MPCRT_CUDA_CALL(cuEventRecord, *static_cast<EventMark *>(mark), stream());
}

void CUDADevice::follow(const Mark *mark) {
  MPCRT_CUDA_CALL(cuStreamWaitEvent, stream(),
                  *static_cast<const EventMark *>(mark), 0);
}

void CUDADevice::endAction(size_t position) {
  MPCRT_CUDA_CALL(cuStreamWriteValue32_v2, compute, addressOf(progress.data()),
                  static_cast<uint32_t>(position + 1), 0);
}

size_t CUDADevice::endedActions(size_t) const {
  auto *value = reinterpret_cast<uint32_t *>(progress.data());
  return std::atomic_ref<uint32_t>(*value).load();
}

void CUDADevice::synchronize() {
  gpu.makeCurrent();
  staging.drain();
  for (Stream stream : {Stream(messages), Stream(collectives), Stream(compute)})
    MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
  auto *value = reinterpret_cast<uint32_t *>(progress.data());
  std::atomic_ref<uint32_t>(*value).store(0); // the next list begins
}

/// Loops over the host's memory, of which a GPU has no part.
void CUDADevice::parallelFor(int64_t extent, int64_t, RangeFunction function,
                             void *context) {
  function(context, 0, extent);
}

//===----------------------------------------------------------------------===//
// The driver
//===----------------------------------------------------------------------===//

const DeviceDriver &cudaDriver() {
  static const DeviceDriver driver = {
      "cuda",
      "in-process",
      nullptr,
      /*hasHostKernels=*/false,
      [](Index) { return 1; },
      [](const DeviceConfig &config) -> std::unique_ptr<Device> {
        return std::make_unique<CUDADevice>(config);
      },
      [] {
        cuda::driver();
        cublasLt();
      },
      nullptr};
  return driver;
}

} // namespace mpcrt::cuda

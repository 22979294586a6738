//===- CUDADevice.cpp - A device on a GPU ---------------------------------===//
#include "CUDADevice.h"
#include "../core/Error.h"
#include "EventStamps.h"
#include "GraphRepeater.h"
#include "Machine.h"
#include "Ranges.h"
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

/// Makes what takes memory of the GPU beside the arena: code, and what
/// libraries load.
template <typename Make>
static auto besideArena(const DeviceConfig &config, const PrimaryContext &gpu,
                        const Make &make) {
  try {
    return make();
  } catch (const Error &e) {
    if (e.code != MPCRT_OUT_OF_MEMORY)
      throw;
    fail(e.code,
         text("device ", config.device,
              " has its arena, but no memory for what comes with it: ",
              e.message, "; ", gpu.describeFreeMemory(),
              "; plan with a smaller memory budget, or end what else uses "
              "this GPU"),
         e.where);
  }
}

CUDADevice::CUDADevice(const DeviceConfig &config)
    : config(config), gpu(ordinalOf(config)), compute(computePriority),
      collectives(communicationPriority), messages(communicationPriority),
      arena(config.device, config.arena.bytes, gpu, compute), staging(compute),
      code(besideArena(config, gpu, [&] { return Code(config.executable); })),
      progress(sizeof(uint32_t)) {
  *reinterpret_cast<uint32_t *>(progress.data()) = 0;
}

CUDADevice::~CUDADevice() { drain(); }

void CUDADevice::drain() {
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

void CUDADevice::prepare(const PreparedLaunches &launches) {
  if (launches.matmuls.empty() && launches.attentions.empty())
    return;
  Scratch scratch = {config.device, address(config.arena.workspaceOffset),
                     config.arena.workspaceBytes};
  if (!launches.attentions.empty())
    prepare(launches.attentions, scratch);
  besideArena(config, gpu, [&] {
    if (launches.matmuls.empty())
      return;
    matmuls.emplace();
    for (const MatmulLaunch *launch : launches.matmuls)
      matmuls->prepare(*launch, scratch, code, gpu, address(0), compute);
  });
  // What ran to be measured, or to be loaded, has left something.
  fill(address(0), 0, config.arena.bytes);
  synchronize();
}

void CUDADevice::prepare(const std::vector<PreparedAttention> &launches,
                         Scratch scratch) {
  int64_t bytes = besideArena(config, gpu, [&] {
    attentions.emplace();
    return attentions->plan(launches);
  });
  if (bytes > scratch.bytes) {
    workspace.emplace(config.device, bytes, gpu, compute,
                      " beside its arena for attention");
    scratch = {config.device, workspace->data(), bytes};
  }
  besideArena(config, gpu, [&] {
    attentions->warmUp(launches, scratch, address(0), compute);
  });
}

//===----------------------------------------------------------------------===//
// Work
//===----------------------------------------------------------------------===//

void CUDADevice::kernel(const KernelLaunch &launch, char *const *buffers,
                        const int64_t *scalars) {
  auto held = takeTurn();
  code.launch(launch, buffers, scalars, stream());
}

void CUDADevice::matmul(const MatmulLaunch &launch, const MatmulAddresses &at) {
  auto held = takeTurn();
  matmuls->run(launch, code, at, stream());
}

void CUDADevice::attention(const AttentionLaunch &launch,
                           char *const *operands) {
  auto held = takeTurn();
  attentions->run(launch, operands, stream());
}

void CUDADevice::copy(const StridedCopy &copy, const char *src, char *dst) {
  auto held = takeTurn();
  code.copy(copy, src, dst, stream());
}

void CUDADevice::fill(char *dst, uint8_t value, int64_t bytes) {
  auto held = takeTurn();
  if (bytes)
    MPCRT_CUDA_CALL(cuMemsetD8Async, addressOf(dst), value, bytes, stream());
}

void CUDADevice::reduce(const CollectiveLaunch &launch,
                        std::span<const char *const> sources, int64_t offset,
                        const Destinations &results, int64_t count) {
  auto held = takeTurn();
  code.reduce(launch, sources, offset, results, count, stream());
}

void CUDADevice::upload(const StridedCopy &copy, const char *host, char *dst) {
  gpu.makeCurrent();
  auto held = takeTurn();
  if (graph)
    graph->upload(copy, host, dst, compute);
  else
    staging.upload(copy, host, dst);
}

void CUDADevice::download(const StridedCopy &copy, const char *src,
                          char *host) {
  gpu.makeCurrent();
  auto held = takeTurn();
  if (graph)
    graph->download(copy, src, host, compute);
  else
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
  auto held = takeTurn();
  MPCRT_CUDA_CALL(cuEventRecord, *static_cast<EventMark *>(mark), stream());
}

void CUDADevice::follow(const Mark *mark) {
  auto held = takeTurn();
  MPCRT_CUDA_CALL(cuStreamWaitEvent, stream(),
                  *static_cast<const EventMark *>(mark), 0);
}

void CUDADevice::beginWork(const Action &action, Work work) {
  beginRange(action, work);
}

void CUDADevice::endWork() { endRange(); }

std::unique_ptr<Stamps> CUDADevice::createStamps(size_t count) {
  gpu.makeCurrent();
  return std::make_unique<EventStamps>(*this, count);
}

void CUDADevice::useGraph(GraphStaging *staging, std::mutex *turn) {
  graph = staging;
  this->turn = turn;
}

void CUDADevice::endAction(size_t position) {
  if (graph)
    return; // it does not run yet
  MPCRT_CUDA_CALL(cuStreamWriteValue32_v2, compute, addressOf(progress.data()),
                  static_cast<uint32_t>(position + 1), 0);
}

size_t CUDADevice::endedActions(size_t count) const {
  if (graph)
    return count; // what fails now fails when it is asked for
  auto *value = reinterpret_cast<uint32_t *>(progress.data());
  return std::atomic_ref<uint32_t>(*value).load();
}

void CUDADevice::synchronize() {
  if (graph)
    return; // who launches it waits for it
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
      "nccl",
      /*hasHostKernels=*/false,
      /*hasAttention=*/true,
      [](Index) { return 1; },
      [](const DeviceConfig &config) -> std::unique_ptr<Device> {
        return std::make_unique<CUDADevice>(config);
      },
      [] {
        cuda::driver();
        cublasLt();
      },
      /*createGate=*/nullptr,
      listGPUs,
      linkBetweenGPUs,
      createGraphRepeater};
  return driver;
}

} // namespace mpcrt::cuda

//===- CPUDevice.cpp - A device made of threads ---------------------------===//
#include "CPUDevice.h"
#include "../core/DType.h"
#include "../core/DescLess.h"
#include "../core/Error.h"
#include "ArenaMemory.h"
#include "Isolation.h"
#include "Matmul.h"
#include "Team.h"
#include <algorithm>
#include <cstring>
#include <map>

namespace mpcrt {

namespace {
/// The thread that communicates must not fork a second team: the cores belong
/// to the worker's.
thread_local bool isBesideWorker = false;

class CPUDevice final : public Device {
public:
  explicit CPUDevice(const DeviceConfig &config)
      : config(config), team(config.threads), memory(config.arena.bytes) {}

  void bindThread() override { team.bindThread(); }
  void bindCommunicationThread(Lane lane) override;
  void prepare(const PreparedLaunches &launches) override;

  char *address(int64_t offset) override { return memory.data() + offset; }
  int64_t allocatedBytes() const override { return memory.bytes(); }

  void kernel(const KernelLaunch &launch, char *const *buffers,
              const int64_t *scalars) override;
  void matmul(const MatmulLaunch &launch, const MatmulAddresses &at) override;
  void copy(const StridedCopy &copy, const char *src, char *dst) override;
  void fill(char *dst, uint8_t value, int64_t bytes) override;
  void reduce(const CollectiveLaunch &launch,
              std::span<const char *const> sources, int64_t offset,
              const Destinations &results, int64_t count) override;
  int64_t smallReductionBytes() const override { return 32 << 10; }
  // The host sees the same memory, and may call on threads without a team.
  void upload(const StridedCopy &copy, const char *host, char *dst) override {
    copy.run(host, dst);
  }
  void download(const StridedCopy &copy, const char *src, char *host) override {
    copy.run(src, host);
  }
  void parallelFor(int64_t extent, int64_t grain, RangeFunction function,
                   void *context) override {
    (isBesideWorker ? Team(1) : team)
        .parallelFor(extent, grain, function, context);
  }

  const ArenaMemory &arena() const { return memory; }

private:
  DeviceConfig config;
  Team team;
  ArenaMemory memory;
  std::map<mpcrt_matmul_desc, std::unique_ptr<MatmulPlan>, DescLess> plans;
  std::vector<MatmulPlan *> planOf; // by MatmulLaunch::number
};
} // namespace

void CPUDevice::bindCommunicationThread(Lane) {
  isBesideWorker = true;
  Team(1).bindThread();
}

void CPUDevice::prepare(const PreparedLaunches &launches) {
  for (const MatmulLaunch *launch : launches.matmuls) {
    std::unique_ptr<MatmulPlan> &plan = plans[launch->desc];
    if (!plan)
      plan = std::make_unique<MatmulPlan>(launch->desc);
    if (plan->workspaceBytes() > config.arena.workspaceBytes)
      fail(MPCRT_UNSUPPORTED,
           text("a matmul [", launch->desc.m, ", ", launch->desc.k, "] x [",
                launch->desc.k, ", ", launch->desc.n, "] needs ",
                plan->workspaceBytes(), " bytes of workspace with ",
                team.size(), " threads, but device ", config.device, " has ",
                config.arena.workspaceBytes,
                "; compile for this machine or set 'threads_per_device'"));
    planOf.resize(std::max<size_t>(planOf.size(), launch->number + 1));
    planOf[launch->number] = plan.get();
  }
}

void CPUDevice::kernel(const KernelLaunch &launch, char *const *buffers,
                       const int64_t *scalars) {
  mpcrt_kernel function = config.executable->kernels[launch.kernel];
  mpcrt::parallelFor(*this, launch.extent, launch.grain,
                     [&](int64_t begin, int64_t end) {
                       function(buffers, scalars, begin, end);
                     });
}

void CPUDevice::matmul(const MatmulLaunch &launch, const MatmulAddresses &at) {
  planOf[launch.number]->run(at.a, at.b, at.c, at.bias,
                             address(config.arena.workspaceOffset));
}

// Slices of less are not worth waking the team.
static constexpr int64_t grainBytes = 128 << 10;

void CPUDevice::copy(const StridedCopy &copy, const char *src, char *dst) {
  int64_t rowBytes = std::max<int64_t>(1, copy.bytes() / copy.outer());
  int64_t grain = std::max<int64_t>(1, grainBytes / rowBytes);
  mpcrt::parallelFor(
      *this, copy.outer(), grain,
      [&](int64_t begin, int64_t end) { copy.run(src, dst, begin, end); });
}

void CPUDevice::fill(char *dst, uint8_t value, int64_t bytes) {
  if (bytes == 0)
    return;
  mpcrt::parallelFor(*this, bytes, grainBytes, [&](int64_t begin, int64_t end) {
    std::memset(dst + begin, value, end - begin);
  });
}

void CPUDevice::reduce(const CollectiveLaunch &launch,
                       std::span<const char *const> sources, int64_t offset,
                       const Destinations &results, int64_t count) {
  int64_t elem = dtypeBytes(launch.dtype);
  if (count <= 0)
    return;
  mpcrt::parallelFor(
      *this, count, grainBytes / elem, [&](int64_t from, int64_t to) {
        reduceElements(launch.dtype, launch.reduce, sources,
                       offset + from * elem,
                       {results.to, results.offset + from * elem}, to - from);
      });
}

//===----------------------------------------------------------------------===//
// The driver
//===----------------------------------------------------------------------===//

static std::unique_ptr<Device> createCPUDevice(const DeviceConfig &config) {
  return std::make_unique<CPUDevice>(config);
}

static std::unique_ptr<MemoryGate>
createIsolation(const std::vector<Device *> &devices) {
  std::vector<const ArenaMemory *> arenas;
  for (Device *device : devices)
    arenas.push_back(&static_cast<CPUDevice *>(device)->arena());
  return std::make_unique<Isolation>(std::move(arenas));
}

const DeviceDriver &cpuDriver() {
  static const DeviceDriver driver = {
      "cpu",
      "in-process",
      "processes",
      /*hasHostKernels=*/true,
      /*hasAttention=*/false,
      [](Index devices) { return Team::defaultThreads(devices); },
      createCPUDevice,
      /*check=*/nullptr,
      createIsolation};
  return driver;
}

} // namespace mpcrt

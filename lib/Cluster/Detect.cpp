//===- Detect.cpp - the GPUs of this machine as a cluster -----------------===//

#include "mpc/Cluster/Detect.h"
#include <algorithm>
#include <memory>

using namespace mpc;

//===----------------------------------------------------------------------===//
// Architectures
//===----------------------------------------------------------------------===//

namespace {
/// What the driver does not tell of a GPU. Operations are those of one
/// multiprocessor in one clock, dense.
struct Architecture {
  int32_t capability;
  double f32, f16, bf16; // 0: none
  /// What matrix products reach of the peak at the highest clock, which GPUs do
  /// not keep up.
  double efficiency;
  int32_t links;        // NVLinks where nobody counts them
  double linkBandwidth; // of one, bytes a second in each direction
  int32_t pcieGeneration;
};
} // namespace

static constexpr double kGiga = 1e9;

/// By ascending capability; a GPU is like the last one that it is not older
/// than.
static const Architecture &getArchitecture(int32_t capability) {
  static constexpr Architecture table[] = {
      {0, 256, 0, 0, 0.80, 0, 0, 3},
      {70, 128, 1024, 0, 0.85, 6, 25 * kGiga, 3},      // V100
      {75, 128, 1024, 0, 0.75, 2, 25 * kGiga, 3},      // T4
      {80, 128, 2048, 2048, 0.87, 12, 25 * kGiga, 4},  // A100
      {86, 256, 1024, 1024, 0.75, 4, 14 * kGiga, 4},   // A40
      {89, 256, 1024, 1024, 0.75, 0, 0, 4},            // L40S
      {90, 256, 4096, 4096, 0.74, 18, 25 * kGiga, 5},  // H100, H200
      {100, 256, 8192, 8192, 0.74, 18, 50 * kGiga, 5}, // B200
      {120, 256, 1024, 1024, 0.75, 0, 0, 5},           // RTX PRO 6000
  };
  const Architecture *found = table;
  for (const Architecture &entry : table)
    if (entry.capability <= capability)
      found = &entry;
  return *found;
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

static DeviceGroup makeGroup(const mpcrt_device_info &info) {
  const Architecture &architecture = getArchitecture(info.compute_capability);
  double clocks = 1e3 * info.clock_khz * info.multiprocessors;
  DeviceGroup group;
  group.name = info.name;
  group.memoryBytes = info.memory_bytes;
  group.peakFlops["f32"] = clocks * architecture.f32;
  if (architecture.f16 > 0)
    group.peakFlops["f16"] = clocks * architecture.f16;
  if (architecture.bf16 > 0)
    group.peakFlops["bf16"] = clocks * architecture.bf16;
  constexpr double transfersPerClock = 2, bitsPerByte = 8;
  group.memoryBandwidth = 1e3 * info.memory_clock_khz * transfersPerClock *
                          info.memory_bus_bits / bitsPerByte;
  group.efficiency = architecture.efficiency;
  group.launchSeconds = 4e-6;
  group.rampSeconds = 3e-6;
  return group;
}

static bool isSameDevice(const DeviceGroup &a, const DeviceGroup &b) {
  return a.name == b.name && a.memoryBytes == b.memoryBytes &&
         a.peakFlops == b.peakFlops && a.memoryBandwidth == b.memoryBandwidth;
}

//===----------------------------------------------------------------------===//
// Links
//===----------------------------------------------------------------------===//

// What large copies and collectives reach of the wires.
static constexpr double kLinkEfficiency = 0.8, kBusEfficiency = 0.8;
static constexpr double kLinkLatency = 10e-6, kBusLatency = 15e-6,
                        kHostLatency = 25e-6;

/// Of all links of a device together.
static double getLinkBandwidth(const mpcrt_device_info &info) {
  const Architecture &architecture = getArchitecture(info.compute_capability);
  int32_t links = info.links > 0 ? info.links : architecture.links;
  // A GPU that has links where the table has none: as the oldest ones.
  double each =
      architecture.linkBandwidth > 0 ? architecture.linkBandwidth : 20 * kGiga;
  return kLinkEfficiency * std::max(1, links) * each;
}

static double getBusBandwidth(const mpcrt_device_info &info) {
  constexpr int32_t lanes = 16, mostGenerations = 6;
  constexpr double perLaneOfFirst = 0.25 * kGiga;
  int32_t generation = info.pcie_generation;
  if (generation < 1 || generation > mostGenerations)
    generation = getArchitecture(info.compute_capability).pcieGeneration;
  double width = info.pcie_lanes > 0 ? info.pcie_lanes : lanes;
  // Generations double the rate; the third made up for it with less overhead.
  return kBusEfficiency * width * perLaneOfFirst *
         double(1 << (generation - 1));
}

/// The largest blocks of consecutive devices that all reach each other by one
/// of the links that `suits` accepts.
template <typename Suits>
static size_t findBlock(size_t count, const Suits &suits) {
  auto isBlock = [&](size_t size) {
    for (size_t a = 0; a < count; ++a)
      for (size_t b = a + 1; b < count && a / size == b / size; ++b)
        if (!suits(a, b) || !suits(b, a))
          return false;
    return true;
  };
  for (size_t size = count; size > 1; --size)
    if (count % size == 0 && isBlock(size))
      return size;
  return 1;
}

static void
addLevels(Cluster &cluster, llvm::ArrayRef<mpcrt_device_info> devices,
          llvm::function_ref<int32_t(size_t from, size_t to)> getLink) {
  auto slowest = [&](auto getBandwidth) {
    double least = getBandwidth(devices.front());
    for (const mpcrt_device_info &info : devices)
      least = std::min(least, getBandwidth(info));
    return least;
  };
  size_t linked = findBlock(devices.size(), [&](size_t a, size_t b) {
    return getLink(a, b) == MPCRT_LINK_NVLINK;
  });
  if (linked > 1)
    cluster.levels.push_back(
        {"nvlink", int64_t(linked), slowest(getLinkBandwidth), kLinkLatency});
  size_t blocks = devices.size() / linked;
  if (linked > 1 && blocks == 1)
    return;
  bool isDirect = findBlock(devices.size(), [&](size_t a, size_t b) {
                    return getLink(a, b) != MPCRT_LINK_HOST;
                  }) == devices.size();
  double bus = slowest(getBusBandwidth);
  if (isDirect)
    cluster.levels.push_back({"pcie", int64_t(blocks), bus, kBusLatency});
  else // twice over the bus, one after the other
    cluster.levels.push_back({"host", int64_t(blocks), bus / 2, kHostLatency});
}

Cluster
mpc::makeClusterOf(llvm::ArrayRef<mpcrt_device_info> devices,
                   llvm::function_ref<int32_t(size_t, size_t)> getLink) {
  Cluster cluster;
  cluster.name = "detected";
  for (const mpcrt_device_info &info : devices) {
    DeviceGroup group = makeGroup(info);
    if (!cluster.groups.empty() && isSameDevice(cluster.groups.back(), group))
      ++cluster.groups.back().count;
    else
      cluster.groups.push_back(std::move(group));
  }
  addLevels(cluster, devices, getLink);
  return cluster;
}

//===----------------------------------------------------------------------===//
// The runtime
//===----------------------------------------------------------------------===//

static llvm::Error toError(mpcrt_status *status) {
  std::unique_ptr<mpcrt_status, decltype(&mpcrt_status_destroy)> owner(
      status, mpcrt_status_destroy);
  if (!status)
    return llvm::Error::success();
  return llvm::createStringError(
      llvm::Twine("cluster 'detect': ") + mpcrt_status_message(status) +
      "; or give --cluster a JSON file, or a preset such as "
      "h200:1");
}

static constexpr const char *target = "cuda";

static llvm::Expected<std::vector<mpcrt_device_info>> listDevices() {
  size_t count = 0;
  if (llvm::Error error =
          toError(mpcrt_machine_devices(target, nullptr, 0, &count)))
    return error;
  std::vector<mpcrt_device_info> devices(count);
  if (llvm::Error error = toError(mpcrt_machine_devices(
          target, devices.data(), devices.size(), &count)))
    return error;
  devices.resize(std::min(count, devices.size()));
  return devices;
}

llvm::Expected<Cluster> mpc::detectCluster() {
  auto devices = listDevices();
  if (!devices)
    return devices.takeError();
  llvm::Error problem = llvm::Error::success();
  Cluster cluster = makeClusterOf(*devices, [&](size_t from, size_t to) {
    int32_t link = MPCRT_LINK_HOST;
    if (llvm::Error error = toError(
            mpcrt_machine_link(target, int32_t(from), int32_t(to), &link)))
      problem = llvm::joinErrors(std::move(problem), std::move(error));
    return link;
  });
  if (problem)
    return problem;
  if (llvm::Error error = checkCluster(cluster))
    return error;
  return cluster;
}

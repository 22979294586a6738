//===- Presets.cpp - clusters by name -------------------------------------===//
//
// Numbers of the vendors' data sheets; efficiencies and latencies as public
// benchmarks of matrix products and collectives reach them.
//
//===----------------------------------------------------------------------===//

#include "mpc/Cluster/Detect.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/TargetParser/Host.h"
#include <algorithm>
#include <thread>
#include <unistd.h>

using namespace mpc;

static constexpr double kGiga = 1e9, kTera = 1e12, kMicro = 1e-6;
static constexpr int64_t kGiB = int64_t(1) << 30;

static DeviceGroup makeA100() {
  return {"A100-80GB",
          1,
          80 * kGiB,
          {{"f32", 19.5 * kTera}, {"bf16", 312 * kTera}, {"f16", 312 * kTera}},
          2039 * kGiga,
          0.87,
          4 * kMicro,
          3 * kMicro};
}
static DeviceGroup makeH100() {
  return {"H100-80GB",
          1,
          80 * kGiB,
          {{"f32", 67 * kTera}, {"bf16", 989 * kTera}, {"f16", 989 * kTera}},
          3350 * kGiga,
          0.80,
          4 * kMicro,
          3 * kMicro};
}
static DeviceGroup makeH200() {
  return {"H200-141GB",
          1,
          141000000000,
          {{"f32", 67 * kTera}, {"bf16", 989 * kTera}, {"f16", 989 * kTera}},
          4800 * kGiga,
          0.80,
          4 * kMicro,
          3 * kMicro};
}
static DeviceGroup makeV100() {
  return {"V100-16GB", 1,
          16 * kGiB,   {{"f32", 15.7 * kTera}, {"f16", 125 * kTera}},
          900 * kGiga, 0.85,
          5 * kMicro,  4 * kMicro};
}

namespace {
struct Preset {
  const char *name;
  DeviceGroup (*device)();
  TopologyLevel inside;
  TopologyLevel between;
  /// Counts are of GPUs, not of nodes of 8.
  bool countsDevices = false;
};
} // namespace

static const Preset *findPreset(llvm::StringRef name) {
  static const Preset presets[] = {
      {"dgx-a100",
       makeA100,
       {"nvlink", 8, 230 * kGiga, 10 * kMicro},
       {"infiniband", 1, 22 * kGiga, 20 * kMicro}},
      {"dgx-h100",
       makeH100,
       {"nvlink", 8, 370 * kGiga, 10 * kMicro},
       {"infiniband", 1, 45 * kGiga, 20 * kMicro}},
      {"h200",
       makeH200,
       {"nvlink", 8, 370 * kGiga, 10 * kMicro},
       {"infiniband", 1, 45 * kGiga, 20 * kMicro},
       true},
      {"v100-p3.16xlarge",
       makeV100,
       {"nvlink", 8, 60 * kGiga, 12 * kMicro},
       {"ethernet", 1, 0.35 * kGiga, 40 * kMicro}},
  };
  for (const Preset &preset : presets)
    if (name == preset.name)
      return &preset;
  return nullptr;
}

static llvm::Expected<Cluster> makePreset(const std::string &text) {
  auto [name, countText] = llvm::StringRef(text).split(':');
  const Preset *preset = findPreset(name);
  if (!preset)
    return llvm::createStringError(
        "unknown cluster '" + text +
        "', expected a JSON file, detect, dgx-a100:N, dgx-h100:N, h200:N or "
        "v100-p3.16xlarge:N");
  int64_t count = 1;
  if ((text.find(':') != std::string::npos &&
       countText.getAsInteger(10, count)) ||
      count < 1 || count > 1 << 17)
    return llvm::createStringError(
        "cluster '" + text + "': expected a count from 1 to 131072, found '" +
        countText + "'");
  int64_t devices = preset->countsDevices ? count : 8 * count;
  if (devices > 8 && devices % 8)
    return llvm::createStringError("cluster '" + text +
                                   "': more than 8 devices come in nodes of 8");
  Cluster cluster;
  cluster.name = text;
  cluster.groups = {preset->device()};
  cluster.groups[0].count = devices;
  cluster.levels = {preset->inside};
  cluster.levels[0].size = std::min<int64_t>(devices, 8);
  if (devices > 8) {
    cluster.levels.push_back(preset->between);
    cluster.levels[1].size = devices / 8;
  }
  return cluster;
}

llvm::Expected<Cluster> mpc::getCluster(const std::string &nameOrPath) {
  if (llvm::StringRef(nameOrPath).ends_with(".json") ||
      llvm::sys::fs::exists(nameOrPath))
    return readCluster(nameOrPath);
  if (nameOrPath == "detect")
    return detectCluster();
  return makePreset(nameOrPath);
}

Cluster mpc::makeVirtualCluster(int64_t devices, int64_t cores,
                                int64_t memoryBytes) {
  double threads = std::max<int64_t>(1, cores / devices);
  DeviceGroup group{"cpu",
                    devices,
                    std::max<int64_t>(1, memoryBytes / devices),
                    {{"f32", 100 * kGiga * threads}},
                    20 * kGiga,
                    0.9,
                    2 * kMicro,
                    5 * kMicro};
  Cluster cluster;
  cluster.name = "cpu:" + std::to_string(devices);
  cluster.groups = {group};
  cluster.levels = {{"memory", devices, 10 * kGiga, 10 * kMicro}};
  cluster.sharedCores = devices > cores ? cores : 0;
  return cluster;
}

Cluster mpc::makeVirtualCluster(const Cluster &machine, int64_t devices) {
  int64_t real = machine.getNumDevices();
  if (devices <= real)
    return machine;
  int64_t share = (devices + real - 1) / real;
  DeviceGroup group = machine.getDevice(0);
  group.count = devices;
  group.memoryBytes /= share;
  group.memoryBandwidth /= static_cast<double>(share);
  for (auto &[type, flops] : group.peakFlops)
    flops /= static_cast<double>(share);
  Cluster cluster;
  cluster.name = machine.name + ", " + std::to_string(devices) + " virtual";
  cluster.groups = {group};
  cluster.levels = {{"memory", devices, group.memoryBandwidth, 10 * kMicro}};
  return cluster;
}

/// How much faster this processor multiplies in bf16 than in f32, as oneDNN's
/// kernels measure; 1 without instructions for it.
static double getBF16Speedup() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("amx-bf16"))
    return 5;
  return features.lookup("avx512bf16") ? 2 : 1;
}

Cluster mpc::makeVirtualCluster(int64_t devices) {
  int64_t cores = std::max(1u, std::thread::hardware_concurrency());
  int64_t memory = int64_t(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  Cluster cluster = makeVirtualCluster(devices, cores, std::max(memory, kGiB));
  std::map<std::string, double> &peak = cluster.groups[0].peakFlops;
  peak["bf16"] = getBF16Speedup() * peak["f32"];
  return cluster;
}

//===- Cluster.cpp - devices and how they are joined ----------------------===//

#include "mpc/Cluster/Cluster.h"
#include <cassert>
#include <cmath>
#include <set>

using namespace mpc;

double DeviceGroup::getPeakFlops(llvm::StringRef elementType) const {
  auto it = peakFlops.find(elementType.str());
  return it != peakFlops.end() ? it->second : peakFlops.at("f32");
}

int64_t Cluster::getNumDevices() const {
  int64_t devices = 0;
  for (const DeviceGroup &group : groups)
    devices += group.count;
  return devices;
}

const DeviceGroup &Cluster::getDevice(int64_t device) const {
  for (const DeviceGroup &group : groups) {
    if (device < group.count)
      return group;
    device -= group.count;
  }
  assert(false && "device number out of range");
  return groups.back();
}

const TopologyLevel &Cluster::getLevelBetween(int64_t a, int64_t b) const {
  for (const TopologyLevel &level : levels) {
    a /= level.size;
    b /= level.size;
    if (a == b)
      return level;
  }
  return levels.back();
}

std::vector<int64_t> Cluster::getSpread(llvm::ArrayRef<int64_t> devices) const {
  std::vector<int64_t> spread;
  std::set<int64_t> units(devices.begin(), devices.end());
  for (const TopologyLevel &level : levels) {
    std::set<int64_t> above;
    for (int64_t unit : units)
      above.insert(unit / level.size);
    spread.push_back((units.size() + above.size() - 1) / above.size());
    units = std::move(above);
  }
  return spread;
}

static llvm::Error clusterError(const llvm::Twine &message) {
  return llvm::createStringError("cluster: " + message);
}

static bool isPositive(double value) {
  return std::isfinite(value) && value > 0;
}

static llvm::Error checkGroup(const DeviceGroup &group,
                              const std::string &key) {
  bool flops = group.peakFlops.count("f32");
  for (const auto &[type, value] : group.peakFlops)
    flops &= isPositive(value);
  auto isDuration = [](double seconds) {
    return std::isfinite(seconds) && seconds >= 0;
  };
  struct Rule {
    bool isMet;
    const char *name, *expected;
  };
  const Rule rules[] = {
      {group.count >= 1 && group.count <= 1 << 20, "count",
       "a count from 1 to 1048576"},
      {group.memoryBytes >= 1, "memory_bytes", "a positive number of bytes"},
      {flops, "flops", "positive numbers by element type, 'f32' among them"},
      {isPositive(group.memoryBandwidth), "memory_bandwidth",
       "a positive number"},
      {isPositive(group.efficiency) && group.efficiency <= 1, "efficiency",
       "a number above 0 and at most 1"},
      {isDuration(group.launchSeconds), "launch_seconds",
       "a number of at least 0"},
      {isDuration(group.rampSeconds), "ramp_seconds",
       "a number of at least 0"}};
  for (const Rule &rule : rules)
    if (!rule.isMet)
      return clusterError("key '" + key + "." + rule.name + "': expected " +
                          rule.expected);
  return llvm::Error::success();
}

llvm::Error mpc::checkCluster(const Cluster &cluster) {
  if (cluster.groups.empty())
    return clusterError(
        "key 'devices': expected at least one group of devices");
  for (size_t i = 0; i < cluster.groups.size(); ++i)
    if (llvm::Error error =
            checkGroup(cluster.groups[i], "devices[" + std::to_string(i) + "]"))
      return error;
  int64_t joined = 1;
  for (size_t i = 0; i < cluster.levels.size(); ++i) {
    const TopologyLevel &level = cluster.levels[i];
    std::string key = "key 'levels[" + std::to_string(i) + "].";
    if (level.size < 1 || level.size > 1 << 20)
      return clusterError(key + "size': expected a count from 1 to 1048576");
    if (!isPositive(level.bandwidth))
      return clusterError(key + "bandwidth': expected a positive number");
    if (!(level.latency >= 0) || !std::isfinite(level.latency))
      return clusterError(key + "latency': expected a number of at least 0");
    joined *= level.size;
    if (joined > int64_t(1) << 40)
      break;
  }
  if (joined != cluster.getNumDevices())
    return clusterError("key 'levels': their sizes multiply to " +
                        llvm::Twine(joined) +
                        ", expected the number of devices, " +
                        llvm::Twine(cluster.getNumDevices()));
  if (cluster.sharedCores < 0)
    return clusterError("key 'shared_cores': expected at least 0");
  return llvm::Error::success();
}

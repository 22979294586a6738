//===- Cluster.h - devices and how they are joined --------------*- C++ -*-===//
//
// What the cost model knows of the machines. Devices are numbered from 0
// through the groups; consecutive numbers are near each other. Example, two
// nodes of eight GPUs:
//
//   devices 0-7: node 0, joined by NVLink     levels[0]: size 8
//   devices 8-15: node 1                      levels[1]: size 2
//
// Units: bytes, seconds, bytes a second, floating-point operations a second.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_CLUSTER_CLUSTER_H
#define MPC_CLUSTER_CLUSTER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace mpc {

/// Equal devices with consecutive numbers.
struct DeviceGroup {
  std::string name;
  int64_t count = 1;
  int64_t memoryBytes = 0;
  /// By element type; must have "f32". Others default to f32's.
  std::map<std::string, double> peakFlops;
  double memoryBandwidth = 0;
  /// What the best contraction reaches of the peak.
  double efficiency = 1;
  /// To start one kernel.
  double launchSeconds = 0;
  /// A contraction that would take so long at its best takes twice as long:
  /// pipelines fill, tiles and threads are few.
  double rampSeconds = 0;

  double getPeakFlops(llvm::StringRef elementType) const;
};

/// Joins `size` units of the level below (devices, on level 0).
struct TopologyLevel {
  std::string name;
  int64_t size = 1;
  /// Of one device, in each direction.
  double bandwidth = 0;
  /// Of one message.
  double latency = 0;
};

struct Cluster {
  std::string name;
  std::vector<DeviceGroup> groups;
  /// Innermost first; the sizes' product is the number of devices.
  std::vector<TopologyLevel> levels;
  /// Virtual devices that share this many cores; 0: each has its own.
  int64_t sharedCores = 0;

  int64_t getNumDevices() const;
  /// `device` is below getNumDevices().
  const DeviceGroup &getDevice(int64_t device) const;
  /// The level that joins two different devices.
  const TopologyLevel &getLevelBetween(int64_t a, int64_t b) const;
  /// How a set of devices spreads: on each level, how many units of the level
  /// below meet in one unit. Devices 0, 1, 8, 9 of the example: {2, 2}.
  std::vector<int64_t> getSpread(llvm::ArrayRef<int64_t> devices) const;
};

/// Counts and numbers are positive, and the levels' sizes multiply up to the
/// devices.
llvm::Error checkCluster(const Cluster &cluster);

nlohmann::json toJSON(const Cluster &cluster);
/// Errors name the key: "cluster: key 'devices[0].count': expected ...".
llvm::Expected<Cluster> clusterFromJSON(const nlohmann::json &json);
/// Errors name the file, and line and column of bad JSON.
llvm::Expected<Cluster> readCluster(const std::string &path);

/// A file (ends in ".json" or exists), `detect` (Detect.h), or a preset:
/// `dgx-a100:N` (N nodes of 8), `dgx-h100:N`, `h200:N` (N GPUs of one node up
/// to 8, then whole nodes), `v100-p3.16xlarge:N`. Errors list the presets.
llvm::Expected<Cluster> getCluster(const std::string &nameOrPath);

/// `devices` virtual devices of this machine. Up to one a core they have their
/// own cores; more of them share the cores. Conservative numbers: 100 GFLOP/s
/// a core in f32, 20 GB/s.
Cluster makeVirtualCluster(int64_t devices);
/// The same with the machine's properties given.
Cluster makeVirtualCluster(int64_t devices, int64_t cores, int64_t memoryBytes);
/// `devices` virtual devices on a machine's own ones: as many as there are have
/// one each; more of them share memory, arithmetic and bandwidth evenly.
Cluster makeVirtualCluster(const Cluster &machine, int64_t devices);

} // namespace mpc

#endif

//===- DevicesCommand.cpp - mpc-run devices -------------------------------===//

#include "Report.h"
#include "mpc/Cluster/Cluster.h"
#include "mpc/Driver/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mpc;

/// "0-3  NVIDIA H200: 141 GB, 4800 GB/s, TFLOP/s bf16 989, f32 67".
static std::string describeGroup(const DeviceGroup &group, int64_t first) {
  constexpr double giga = 1e9, tera = 1e12;
  int64_t last = first + group.count - 1;
  std::string numbers = std::to_string(first);
  if (last > first)
    numbers += "-" + std::to_string(last);
  std::string text = llvm::formatv(
      "{0,-6} {1}: {2:F0} GB, {3:F0} GB/s, TFLOP/s", numbers, group.name,
      double(group.memoryBytes) / giga, group.memoryBandwidth / giga);
  const char *separator = " ";
  for (const auto &[type, flops] : group.peakFlops) {
    text += llvm::formatv("{0}{1} {2:F1}", separator, type, flops / tera);
    separator = ", ";
  }
  return text;
}

/// "nvlink joins 8: 370 GB/s, 10 us".
static std::string describeLevel(const TopologyLevel &level) {
  constexpr double giga = 1e9, micro = 1e-6;
  return llvm::formatv("{0} joins {1}: {2:F1} GB/s, {3:F0} us", level.name,
                       level.size, level.bandwidth / giga,
                       level.latency / micro);
}

llvm::Expected<int> mpc::runDevices(const RunOptions &options) {
  llvm::Expected<Cluster> cluster = getCluster(
      options.partition.cluster.empty() ? "detect" : options.partition.cluster);
  if (!cluster)
    return cluster.takeError();
  if (options.json) {
    if (llvm::Error error = printJSON(toJSON(*cluster)))
      return error;
    return Success;
  }
  int64_t first = 0;
  for (const DeviceGroup &group : cluster->groups) {
    llvm::outs() << describeGroup(group, first) << "\n";
    first += group.count;
  }
  for (const TopologyLevel &level : cluster->levels)
    llvm::outs() << describeLevel(level) << "\n";
  if (llvm::Error error = finishReport())
    return error;
  return Success;
}

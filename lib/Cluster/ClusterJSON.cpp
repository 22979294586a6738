//===- ClusterJSON.cpp - the cluster file ---------------------------------===//

#include "mpc/Cluster/Cluster.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include <nlohmann/json.hpp>

using namespace mpc;

nlohmann::json mpc::toJSON(const Cluster &cluster) {
  nlohmann::json devices = nlohmann::json::array(),
                 levels = nlohmann::json::array();
  for (const DeviceGroup &group : cluster.groups)
    devices.push_back({{"name", group.name},
                       {"count", group.count},
                       {"memory_bytes", group.memoryBytes},
                       {"flops", group.peakFlops},
                       {"memory_bandwidth", group.memoryBandwidth},
                       {"efficiency", group.efficiency},
                       {"launch_seconds", group.launchSeconds},
                       {"ramp_seconds", group.rampSeconds}});
  for (const TopologyLevel &level : cluster.levels)
    levels.push_back({{"name", level.name},
                      {"size", level.size},
                      {"bandwidth", level.bandwidth},
                      {"latency", level.latency}});
  return {{"name", cluster.name},
          {"devices", devices},
          {"levels", levels},
          {"shared_cores", cluster.sharedCores}};
}

namespace {
/// Reads the keys of one object; remembers the first problem.
class ObjectReader {
public:
  ObjectReader(const nlohmann::json &json, std::string path)
      : json(json), path(std::move(path)) {
    if (!json.is_object())
      problem = where() + "expected an object, found " + json.dump();
  }

  template <typename T>
  void read(const char *key, T &value, bool isRequired = true) {
    known.push_back(key);
    if (!problem.empty())
      return;
    auto it = json.find(key);
    if (it == json.end()) {
      if (isRequired)
        problem = where(key) + "missing";
      return;
    }
    constexpr bool isInteger = std::is_same_v<T, int64_t>;
    if (isInteger && !it->is_number_integer()) {
      problem = where(key) + "expected an integer, found " + it->dump();
      return;
    }
    try {
      value = it->template get<T>();
    } catch (const nlohmann::json::exception &) {
      problem = where(key) + "has the wrong type, found " + it->dump();
    }
  }

  /// Misspelt keys would otherwise be silent.
  std::string finish() {
    if (problem.empty())
      for (const auto &item : json.items())
        if (!llvm::is_contained(known, item.key()))
          return where(item.key()) + "unknown, expected one of " +
                 llvm::join(known, ", ");
    return problem;
  }

private:
  std::string where(const std::string &key = "") const {
    std::string full =
        path.empty() || key.empty() ? path + key : path + "." + key;
    return full.empty() ? "" : "key '" + full + "': ";
  }
  const nlohmann::json &json;
  std::string path, problem;
  std::vector<std::string> known;
};
} // namespace

static std::string readGroup(const nlohmann::json &json,
                             const std::string &path, DeviceGroup &group) {
  ObjectReader reader(json, path);
  reader.read("name", group.name, false);
  reader.read("count", group.count);
  reader.read("memory_bytes", group.memoryBytes);
  reader.read("flops", group.peakFlops);
  reader.read("memory_bandwidth", group.memoryBandwidth);
  reader.read("efficiency", group.efficiency, false);
  reader.read("launch_seconds", group.launchSeconds, false);
  reader.read("ramp_seconds", group.rampSeconds, false);
  return reader.finish();
}

static std::string readLevel(const nlohmann::json &json,
                             const std::string &path, TopologyLevel &level) {
  ObjectReader reader(json, path);
  reader.read("name", level.name, false);
  reader.read("size", level.size);
  reader.read("bandwidth", level.bandwidth);
  reader.read("latency", level.latency);
  return reader.finish();
}

/// Fills `list` from an array by `readItem`; returns a problem or nothing.
template <typename T, typename Reader>
static std::string readList(const nlohmann::json &json, const std::string &key,
                            std::vector<T> &list, Reader readItem) {
  if (!json.is_array())
    return "key '" + key + "': expected an array, found " + json.dump();
  for (size_t i = 0; i < json.size(); ++i) {
    list.emplace_back();
    std::string problem =
        readItem(json[i], key + "[" + std::to_string(i) + "]", list.back());
    if (!problem.empty())
      return problem;
  }
  return "";
}

llvm::Expected<Cluster> mpc::clusterFromJSON(const nlohmann::json &json) {
  Cluster cluster;
  nlohmann::json devices, levels;
  ObjectReader reader(json, "");
  reader.read("name", cluster.name, false);
  reader.read("devices", devices);
  reader.read("levels", levels);
  reader.read("shared_cores", cluster.sharedCores, false);
  std::string problem = reader.finish();
  if (problem.empty())
    problem = readList(devices, "devices", cluster.groups, readGroup);
  if (problem.empty())
    problem = readList(levels, "levels", cluster.levels, readLevel);
  if (!problem.empty())
    return llvm::createStringError("cluster: " + problem);
  if (llvm::Error error = checkCluster(cluster))
    return error;
  return cluster;
}

llvm::Expected<Cluster> mpc::readCluster(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read cluster '" + path +
                                   "': " + buffer.getError().message());
  nlohmann::json json;
  try {
    json = nlohmann::json::parse((*buffer)->getBuffer());
  } catch (const nlohmann::json::exception &error) {
    return llvm::createStringError("cluster '" + path + "': " + error.what());
  }
  llvm::Expected<Cluster> cluster = clusterFromJSON(json);
  if (!cluster)
    return llvm::createStringError("'" + path +
                                   "': " + llvm::toString(cluster.takeError()));
  return cluster;
}

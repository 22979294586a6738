//===- DeviceTable.cpp - groups, channels and scalars of devices ----------===//

#include "ProgramLayout.h"

using namespace mlir;
using namespace mpc;

/// Devices that differ from `device` in `axes` only, in the axes' order.
static std::vector<int64_t> getMembers(MeshAttr mesh, const DimSharding &axes,
                                       int64_t device) {
  Coordinates mine = getCoordinates(mesh, device);
  std::vector<std::pair<int64_t, int64_t>> members;
  SmallVector<StringAttr, 1> free = axes.getAxes();
  for (int64_t other = 0; other < mesh.getNumDevices(); ++other) {
    Coordinates theirs = getCoordinates(mesh, other);
    bool same = llvm::all_of(mesh.getNames(), [&](StringAttr axis) {
      return llvm::is_contained(free, axis) ||
             mine.lookup(axis.getValue()) == theirs.lookup(axis.getValue());
    });
    if (same)
      members.push_back({getPartIndex(axes, mesh, theirs), other});
  }
  llvm::sort(members);
  std::vector<int64_t> result;
  for (auto [index, other] : members)
    result.push_back(other);
  return result;
}

int64_t DeviceTable::getGroup(const DimSharding &axes, int64_t device) {
  return groups.try_emplace(getMembers(mesh, axes, device), groups.size())
      .first->second;
}

int64_t DeviceTable::getChannel(int64_t from, int64_t to) {
  return channels.try_emplace({from, to}, channels.size()).first->second;
}

/// One device reports a value: the first along every axis that does not cut it.
static bool isOwner(ShardingAttr sharding, MeshAttr mesh,
                    const Coordinates &coordinates) {
  return llvm::all_of(mesh.getNames(), [&](StringAttr axis) {
    return axis == "stage" || sharding.usesAxis(axis.getValue()) ||
           coordinates.lookup(axis.getValue()) == 0;
  });
}

int64_t DeviceTable::evaluate(const Scalar &scalar, BodyInstance instance,
                              MeshAttr program) {
  Coordinates coordinates = getCoordinates(
      program, instance.device, std::max<int64_t>(instance.micro, 0));
  switch (scalar.kind) {
  case Scalar::PartOffset:
    return getPartIndex(scalar.cut, program, coordinates) * scalar.cut.block *
           scalar.scale;
  case Scalar::Group:
    return getGroup(scalar.cut, instance.device);
  case Scalar::Owner:
    return isOwner(scalar.sharding, program, coordinates);
  }
  llvm_unreachable("all kinds are handled");
}

template <typename Key>
static std::vector<Key> byIndex(const std::map<Key, int64_t> &table) {
  std::vector<Key> list(table.size());
  for (const auto &[key, index] : table)
    list[index] = key;
  return list;
}

nlohmann::json DeviceTable::getGroups() const { return byIndex(groups); }

nlohmann::json DeviceTable::getChannels() const {
  nlohmann::json list = nlohmann::json::array();
  for (auto [from, to] : byIndex(channels))
    list.push_back({{"from", from}, {"to", to}});
  return list;
}

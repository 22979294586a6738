//===- CommCost.cpp - seconds of collectives and transfers ----------------===//

#include "mpc/Cost/CommCost.h"
#include "mpc/IR/OpCost.h"
#include <cmath>

using namespace mlir;
using namespace mpc;

static double getRingSeconds(double n, double bytes,
                             const TopologyLevel &level) {
  return (n - 1) * level.latency + (n - 1) / n * bytes / level.bandwidth;
}

static double getAllReduceSeconds(double n, double bytes,
                                  const TopologyLevel &level) {
  double tree =
      2 * std::ceil(std::log2(n)) * level.latency + 2 * bytes / level.bandwidth;
  return std::min(2 * getRingSeconds(n, bytes, level), tree);
}

double mpc::getCollectiveSeconds(ReshardStep::Kind kind, double bytes,
                                 ArrayRef<int64_t> group,
                                 const Cluster &cluster) {
  if (kind == ReshardStep::Slice || group.size() < 2)
    return 0;
  double seconds = 0;
  if (kind == ReshardStep::AllToAll)
    bytes /= group.size();
  for (auto [members, level] :
       llvm::zip(cluster.getSpread(group), cluster.levels)) {
    if (members < 2)
      continue;
    if (kind == ReshardStep::AllReduce) {
      // Between the two halves of the inner ring, the outer level sees a part.
      seconds += getAllReduceSeconds(members, bytes, level);
    } else {
      seconds += getRingSeconds(members, bytes, level);
    }
    if (kind != ReshardStep::AllToAll)
      bytes /= members;
  }
  return seconds;
}

double mpc::getTransferSeconds(double bytes, int64_t from, int64_t to,
                               const Cluster &cluster) {
  if (from == to)
    return 0;
  const TopologyLevel &level = cluster.getLevelBetween(from, to);
  return level.latency + bytes / level.bandwidth;
}

SmallVector<int64_t> mpc::getAxisGroup(MeshAttr mesh, int64_t device,
                                       ArrayRef<StringAttr> axes) {
  SmallVector<int64_t> group = {device};
  int64_t stride = mesh.getNumDevices();
  for (auto [name, size] : llvm::zip(mesh.getNames(), mesh.getSizes())) {
    if (name == kTimeAxis)
      continue;
    stride /= size;
    if (!llvm::is_contained(axes, name))
      continue;
    SmallVector<int64_t> wider;
    for (int64_t member : group) {
      int64_t first = member - member / stride % size * stride;
      for (int64_t i = 0; i < size; ++i)
        wider.push_back(first + i * stride);
    }
    group = std::move(wider);
  }
  llvm::sort(group);
  return group;
}

double mpc::getStepSeconds(const ReshardStep &step, ShardingAttr before,
                           RankedTensorType type, MeshAttr mesh,
                           const Cluster &cluster) {
  if (step.kind == ReshardStep::Slice)
    return 0;
  Coordinates origin = getCoordinates(mesh, 0);
  double bytes = getByteSize(getLocalType(type, before, mesh, origin));
  SmallVector<int64_t> group = getAxisGroup(mesh, 0, step.axes);
  if (step.kind == ReshardStep::AllGather)
    bytes = getByteSize(getLocalType(type, step.result, mesh, origin));
  else if (step.kind == ReshardStep::AllToAll)
    bytes *= group.size();
  return getCollectiveSeconds(step.kind, bytes, group, cluster);
}

static std::optional<std::pair<ReshardStep::Kind, ArrayAttr>>
classify(Operation *op) {
  if (auto reduce = dyn_cast<AllReduceOp>(op))
    return std::pair(ReshardStep::AllReduce, reduce.getAxes());
  if (auto scatter = dyn_cast<ReduceScatterOp>(op))
    return std::pair(ReshardStep::ReduceScatter, scatter.getAxes());
  if (auto gather = dyn_cast<AllGatherOp>(op))
    return std::pair(ReshardStep::AllGather, gather.getAxes());
  if (auto exchange = dyn_cast<AllToAllOp>(op))
    return std::pair(ReshardStep::AllToAll, exchange.getAxes());
  return std::nullopt;
}

std::optional<CollectiveCost> mpc::getCollectiveCost(Operation *op,
                                                     MeshAttr mesh,
                                                     int64_t device,
                                                     const Cluster &cluster) {
  auto collective = classify(op);
  if (!collective)
    return std::nullopt;
  auto [kind, axisList] = *collective;
  SmallVector<StringAttr> axes(axisList.getAsRange<StringAttr>());
  SmallVector<int64_t> group = getAxisGroup(mesh, device, axes);
  Value whole =
      kind == ReshardStep::AllGather ? op->getResult(0) : op->getOperand(0);
  double bytes = getByteSize(cast<RankedTensorType>(whole.getType()));
  if (kind == ReshardStep::AllToAll)
    bytes *= group.size();
  return CollectiveCost{kind,
                        getCollectiveSeconds(kind, bytes, group, cluster)};
}

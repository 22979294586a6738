//===- PlacementCost.cpp - the price of a placement -----------------------===//

#include "mpc/Cost/CommCost.h"
#include "mpc/Cost/ComputeCost.h"
#include "mpc/IR/OpCost.h"
#include "mpc/IR/Tags.h"
#include "mpc/Planner/TensorSearch.h"
#include "mpc/Transforms/ApplyPlan.h"

using namespace mlir;
using namespace mpc;

static bool isOncePerStep(Operation *op) {
  auto phase = op->getAttrOfType<PhaseAttr>(tags::kPhase);
  return phase && phase.getValue() == Phase::Update;
}

static ShardingAttr withoutTime(ShardingAttr sharding) {
  SmallVector<StringAttr> partial(sharding.getPartialAxes());
  llvm::erase_if(partial, [](StringAttr axis) { return axis == kTimeAxis; });
  return ShardingAttr::get(sharding.getContext(), sharding.getDims(), partial,
                           sharding.getPartialKind());
}

namespace {
class PlacementPricer {
public:
  PlacementPricer(const ShardingPropagation &propagation,
                  const PlacementSeeds &seeds, const Plan &plan,
                  const Cluster &cluster)
      : propagation(propagation), mesh(seeds.mesh), plan(plan),
        cluster(cluster), origin(getCoordinates(mesh, 0)) {
    view.flops = [this](Operation *op) { return getLocalFlops(op); };
    view.bytes = [this](Value value) { return getLocalBytes(value); };
  }

  PlacementCost price(func::FuncOp func);

private:
  double getLocalFlops(Operation *op) const;
  double getLocalBytes(Value value) const {
    auto type = cast<RankedTensorType>(value.getType());
    return getByteSize(
        getLocalType(type, propagation.getSharding(value), mesh, origin));
  }
  double getReshardSeconds(const ShardingPropagation::Reshard &reshard) const;
  /// The share of the work that axes other than "tensor" leave to a device.
  double getOtherShare(Operation *op) const;

  const ShardingPropagation &propagation;
  MeshAttr mesh;
  const Plan &plan;
  const Cluster &cluster;
  Coordinates origin;
  SizeView view;
};
} // namespace

/// Device 0 and micro-batch 0 have full blocks, so they have the most work.
double PlacementPricer::getLocalFlops(Operation *op) const {
  auto ruled = dyn_cast<ShardingRuleOpInterface>(op);
  if (!ruled)
    return 0;
  double flops = ruled.getFlops();
  const FactorPlacement &placement = propagation.get(op).placement;
  if (placement.empty())
    return flops;
  ShardingRule rule = ruled.getShardingRule();
  for (auto [factor, cut] : llvm::zip(rule.factors, placement))
    if (cut.isSharded())
      flops *= double(cut.block) / factor.size;
  return flops;
}

double PlacementPricer::getOtherShare(Operation *op) const {
  double share = 1;
  for (const DimSharding &cut : propagation.get(op).placement)
    for (StringAttr axis : cut.getAxes())
      if (axis != "tensor")
        share /= mesh.getSize(axis);
  return share;
}

double PlacementPricer::getReshardSeconds(
    const ShardingPropagation::Reshard &reshard) const {
  auto type = cast<RankedTensorType>(reshard.use->get().getType());
  ShardingAttr now = withoutTime(reshard.from);
  double seconds = 0;
  for (const ReshardStep &step :
       getReshardSteps(now, withoutTime(reshard.to), mesh)) {
    seconds += getStepSeconds(step, now, type, mesh, cluster);
    now = step.result;
  }
  bool accumulated =
      llvm::is_contained(reshard.from.getPartialAxes(),
                         StringAttr::get(type.getContext(), kTimeAxis));
  bool once = accumulated || isOncePerStep(reshard.use->getOwner());
  return seconds * (once ? 1 : plan.microBatches);
}

PlacementCost PlacementPricer::price(func::FuncOp func) {
  PlacementCost cost;
  const DeviceGroup &device = cluster.getDevice(0);
  for (Operation &op : func.getBody().front().without_terminator()) {
    double runs = isOncePerStep(&op) ? 1 : plan.microBatches;
    cost.seconds += getOpSeconds(&op, view, device) * runs;
    if (!isa<LibraryOpInterface>(op))
      continue;
    cost.contractionFlops += getLocalFlops(&op) * runs;
    cost.wholeContractionFlops += cast<ShardingRuleOpInterface>(op).getFlops() *
                                  getOtherShare(&op) * runs;
  }
  for (const ShardingPropagation::Reshard &reshard : propagation.getReshards())
    cost.seconds += getReshardSeconds(reshard);
  return cost;
}

llvm::Expected<PlacementCost> mpc::pricePlacement(ModuleOp module,
                                                  func::FuncOp func,
                                                  const Plan &plan,
                                                  const Cluster &cluster) {
  std::string problem;
  ScopedDiagnosticHandler handler(module.getContext(),
                                  [&](Diagnostic &diagnostic) {
                                    problem = diagnostic.str();
                                    return success();
                                  });
  FailureOr<PlacementSeeds> seeds = getSeeds(module, func, plan);
  if (failed(seeds))
    return llvm::createStringError(problem);
  ShardingPropagation propagation(func, *seeds);
  if (failed(propagation.run()))
    return llvm::createStringError(problem);
  PlacementCost cost =
      PlacementPricer(propagation, *seeds, plan, cluster).price(func);
  for (auto variable : module.getOps<VariableOp>()) {
    ShardingAttr sharding = seeds->variables.lookup(variable.getSymName());
    if (variable.getRole() == VariableRole::Parameter && sharding)
      cost.parameterBytes += getByteSize(
          getLocalType(variable.getTensorType(), sharding, seeds->mesh,
                       getCoordinates(seeds->mesh, 0)));
  }
  return cost;
}

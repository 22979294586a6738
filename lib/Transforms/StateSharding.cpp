//===- StateSharding.cpp - ZeRO: what replicas share ----------------------===//

#include "StateSharding.h"
#include "mpc/IR/OpCost.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace mpc;

VariableOp mpc::getStateOwner(VariableOp variable, ModuleOp module) {
  if (variable.getRole() != VariableRole::Optimizer)
    return variable;
  StringRef base = variable.getSymName().rsplit('.').first;
  auto owner = module.lookupSymbol<VariableOp>(base);
  return owner && owner.getTensorType().getShape() ==
                      variable.getTensorType().getShape()
             ? owner
             : variable;
}

namespace {
/// One way to cut a tensor once more.
struct Cut {
  size_t dim;
  DimSharding parts;
  /// The most work goes to the first part; more than this share is a waste.
  bool isUneven;
  /// Collectives handle an axis in one step where it cuts alone.
  bool isShared;

  auto rank() const { return std::tuple(isUneven, isShared, dim); }
};
} // namespace

/// Parts of the outermost dimension are runs of bytes, which is worth a little
/// unevenness (a vocabulary of 50257).
static constexpr double kSmallUnevenness = 1.0 / 64;

static std::optional<Cut> cutDim(size_t dim, int64_t size,
                                 const DimSharding &base, StringAttr axis,
                                 MeshAttr mesh) {
  SmallVector<StringAttr> axes(base.getAxes());
  axes.push_back(axis);
  std::optional<DimSharding> parts =
      shardBy(size, axes, mesh, axis.getContext());
  bool nests = parts && (!base.isSharded() ||
                         base.block == parts->block * mesh.getSize(axis));
  if (!nests)
    return std::nullopt;
  double padded = double(parts->block) * getNumParts(axes, mesh);
  return Cut{dim, *parts, padded > size * (1 + kSmallUnevenness),
             base.isSharded()};
}

/// `base` with `axis` as the minor one of one more cut; null where no dimension
/// can be cut, or the axis is in use.
static ShardingAttr cutOnce(RankedTensorType type, ShardingAttr base,
                            StringAttr axis, MeshAttr mesh) {
  if (base.usesAxis(axis))
    return nullptr;
  std::optional<Cut> best;
  for (auto [dim, size] : llvm::enumerate(type.getShape())) {
    std::optional<Cut> cut = cutDim(dim, size, base.getDims()[dim], axis, mesh);
    if (cut && (!best || cut->rank() < best->rank()))
      best = cut;
  }
  if (!best)
    return nullptr;
  SmallVector<DimSharding> dims(base.getDims());
  dims[best->dim] = best->parts;
  return ShardingAttr::get(type.getContext(), dims, {}, ReductionKind::Sum);
}

/// Optimizer state by the parameter that it belongs to.
static llvm::MapVector<VariableOp, SmallVector<VariableOp>>
collectState(ModuleOp module) {
  llvm::MapVector<VariableOp, SmallVector<VariableOp>> state;
  for (auto variable : module.getOps<VariableOp>()) {
    if (variable.getRole() == VariableRole::Parameter)
      state[variable];
    VariableOp owner = getStateOwner(variable, module);
    if (owner != variable)
      state[owner].push_back(variable);
  }
  return state;
}

void mpc::shareState(ModuleOp module, const Plan &plan, PlacementSeeds &seeds) {
  auto axis = StringAttr::get(module.getContext(), "data");
  if (plan.zero == 0 || seeds.mesh.getSize(axis) < 2)
    return;
  seeds.reducesEachMicroBatch = plan.zero >= 2;
  auto isPlaced = [&](VariableOp variable) {
    return variable.getSharding() ||
           plan.variables.count(variable.getSymName().str());
  };
  for (auto &[parameter, state] : collectState(module)) {
    StringRef name = parameter.getSymName();
    ShardingAttr whole = seeds.variables.lookup(name);
    RankedTensorType type = parameter.getTensorType();
    bool hasWork = !state.empty() || plan.zero >= 2;
    if (parameter.getFrozen() || !hasWork ||
        getByteSize(type) < plan.zeroMinBytes)
      continue;
    ShardingAttr parts = cutOnce(type, whole, axis, seeds.mesh);
    if (!parts || llvm::any_of(state, isPlaced))
      continue;
    seeds.updates[name] = parts;
    for (VariableOp variable : state)
      seeds.variables[variable.getSymName()] = parts;
    if (plan.zero < 3 || parameter.getSharding())
      continue;
    seeds.variables[name] = parts;
    seeds.uses[name] = whole;
  }
}

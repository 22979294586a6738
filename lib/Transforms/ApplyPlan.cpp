//===- ApplyPlan.cpp - mpc-apply-plan -------------------------------------===//
//
// Writes a plan into the module: mesh, stages, shardings and reshards. Shapes
// stay global.
//
//===----------------------------------------------------------------------===//

#include "mpc/Transforms/ApplyPlan.h"
#include "StateSharding.h"
#include "mpc/IR/Tags.h"
#include "mpc/Schedule/Generators.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_APPLYPLAN
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

MeshAttr mpc::getMesh(const Plan &plan, MLIRContext *context) {
  SmallVector<StringAttr> names;
  SmallVector<int64_t> sizes;
  for (const auto &[name, size] : plan.mesh) {
    names.push_back(StringAttr::get(context, name));
    sizes.push_back(size);
  }
  if (plan.microBatches > 1) {
    names.push_back(StringAttr::get(context, kTimeAxis));
    sizes.push_back(plan.microBatches);
  }
  return MeshAttr::get(context, names, sizes);
}

/// A sharding of the model on this mesh: where the mesh has none of a cut's
/// axes, as in the unsplit program, the dimension is whole.
static FailureOr<ShardingAttr> fitToMesh(VariableOp variable,
                                         ShardingAttr sharding, MeshAttr mesh) {
  SmallVector<DimSharding> dims(sharding.getDims());
  for (auto [size, dim] :
       llvm::zip_equal(variable.getTensorType().getShape(), dims)) {
    int64_t parts = getNumParts(dim.getAxes(), mesh);
    if (parts == 1)
      dim = DimSharding{};
    else if (dim.block * parts < size || dim.block * (parts - 1) >= size)
      return variable.emitError("the sharding of '")
             << variable.getSymName() << "' cuts a dimension of " << size
             << " by " << dim.block << ", for " << parts << " parts expected "
             << ceilDiv(size, parts);
  }
  return ShardingAttr::get(variable.getContext(), dims, {}, ReductionKind::Sum);
}

static FailureOr<ShardingAttr> getVariableSharding(VariableOp variable,
                                                   const Plan &plan,
                                                   MeshAttr mesh,
                                                   ModuleOp module) {
  VariableOp model = getStateOwner(variable, module);
  if (variable.getSharding())
    return fitToMesh(variable, *variable.getSharding(), mesh);
  MLIRContext *context = variable.getContext();
  ArrayRef<int64_t> shape = variable.getTensorType().getShape();
  auto it = plan.variables.find(variable.getSymName().str());
  if (it == plan.variables.end())
    it = plan.variables.find(model.getSymName().str());
  if (it == plan.variables.end())
    return model.getSharding()
               ? fitToMesh(model, *model.getSharding(), mesh)
               : ShardingAttr::replicated(context, shape.size());
  if (it->second.size() != shape.size())
    return variable.emitError("plan cuts variable '")
           << it->first << "' in " << it->second.size()
           << " dimensions, it has " << shape.size();
  SmallVector<DimSharding> dims;
  for (auto [size, axes] : llvm::zip_equal(shape, it->second)) {
    SmallVector<StringAttr> names;
    for (const std::string &axis : axes)
      names.push_back(StringAttr::get(context, axis));
    std::optional<DimSharding> dim = shardBy(size, names, mesh, context);
    if (!dim)
      return variable.emitError("a dimension of ")
             << size << " cannot be cut in " << getNumParts(names, mesh)
             << " parts: some would be empty";
    dims.push_back(*dim);
  }
  return ShardingAttr::get(context, dims, {}, ReductionKind::Sum);
}

/// Rows of the batch go to data replicas first, then to micro-batches.
static FailureOr<ShardingAttr>
getArgumentSharding(func::FuncOp func, unsigned index, MeshAttr mesh) {
  auto type = cast<RankedTensorType>(func.getArgumentTypes()[index]);
  ShardingAttr replicated =
      ShardingAttr::replicated(func.getContext(), type.getRank());
  if (type.getRank() == 0 || func.getArgAttr(index, tags::kWhole))
    return replicated;
  SmallVector<StringAttr> axes;
  for (StringRef axis : {StringRef("data"), StringRef(kTimeAxis)})
    if (mesh.getSize(axis) > 1)
      axes.push_back(StringAttr::get(func.getContext(), axis));
  std::optional<DimSharding> batch =
      shardBy(type.getDimSize(0), axes, mesh, func.getContext());
  if (!batch)
    return func.emitError("a batch of ")
           << type.getDimSize(0) << " cannot be cut in "
           << getNumParts(axes, mesh)
           << " parts (data x micro-batches): some would be empty";
  SmallVector<DimSharding> dims(type.getRank());
  dims[0] = *batch;
  return ShardingAttr::get(func.getContext(), dims, {}, ReductionKind::Sum);
}

FailureOr<PlacementSeeds> mpc::getSeeds(ModuleOp module, func::FuncOp func,
                                        const Plan &plan) {
  PlacementSeeds seeds;
  seeds.mesh = getMesh(plan, module.getContext());
  for (auto variable : module.getOps<VariableOp>()) {
    FailureOr<ShardingAttr> sharding =
        getVariableSharding(variable, plan, seeds.mesh, module);
    if (failed(sharding))
      return failure();
    seeds.variables[variable.getSymName()] = *sharding;
  }
  shareState(module, plan, seeds);
  if (plan.sequenceParallel && seeds.mesh.getSize("tensor") > 1)
    seeds.sequenceAxis = StringAttr::get(module.getContext(), "tensor");
  for (unsigned index = 0; index < func.getNumArguments(); ++index) {
    FailureOr<ShardingAttr> sharding =
        getArgumentSharding(func, index, seeds.mesh);
    if (failed(sharding))
      return failure();
    seeds.arguments.push_back(*sharding);
  }
  return seeds;
}

/// Where the schedule wants the stages, and whether in halves.
static LogicalResult applySchedule(ModuleOp module, const Plan &plan) {
  llvm::Expected<schedule::ScheduleNeeds> needs =
      schedule::getScheduleNeeds(plan.schedule, plan.getAxisSize("stage"));
  if (!needs)
    return module.emitError() << llvm::toString(needs.takeError());
  SmallVector<int64_t> placement(needs->chunkToGroup.begin(),
                                 needs->chunkToGroup.end());
  if (plan.stages.size() != placement.size())
    return module.emitError("schedule '")
           << plan.schedule << "' on " << plan.getAxisSize("stage")
           << " groups has " << placement.size() << " stages, the plan "
           << plan.stages.size();
  Builder builder(module.getContext());
  if (placement != llvm::to_vector(llvm::seq<int64_t>(placement.size())))
    module->setAttr(tags::kPlacement, builder.getDenseI64ArrayAttr(placement));
  if (needs->splitsBackward)
    module->setAttr(tags::kSplitBackward, builder.getUnitAttr());
  return success();
}

LogicalResult mpc::applyPlan(ModuleOp module, const Plan &plan) {
  Builder builder(module.getContext());
  if (failed(applySchedule(module, plan)))
    return failure();
  for (const auto &[name, dims] : plan.variables)
    if (!module.lookupSymbol<VariableOp>(name))
      return module.emitError("plan names variable '")
             << name << "', which the model does not have";
  // The training step decides which stage owns a variable: it goes first.
  SmallVector<func::FuncOp> funcs;
  for (auto func : module.getOps<func::FuncOp>())
    funcs.insert(func.getOps<AssignOp>().empty() ? funcs.end() : funcs.begin(),
                 func);
  PlacementSeeds last;
  for (func::FuncOp func : funcs) {
    if (func.isExternal() || func.isPrivate())
      continue;
    numberOps(func);
    assignStages(module, func, plan.stages);
    FailureOr<PlacementSeeds> seeds = getSeeds(module, func, plan);
    if (failed(seeds))
      return failure();
    ShardingPropagation propagation(func, *seeds);
    if (failed(propagation.run()))
      return failure();
    propagation.apply();
    last = *seeds;
  }
  for (auto variable : module.getOps<VariableOp>())
    if (ShardingAttr sharding = last.variables.lookup(variable.getSymName()))
      variable.setShardingAttr(sharding);
  module->setAttr(tags::kMesh, getMesh(plan, module.getContext()));
  module->setAttr(tags::kMicroBatches,
                  builder.getI64IntegerAttr(plan.microBatches));
  module->setAttr(tags::kSchedule, builder.getStringAttr(plan.schedule));
  SmallVector<StringRef> recompute;
  for (int64_t stage = 0; stage < plan.getNumStages(); ++stage)
    recompute.push_back(getName(plan.getRecompute(stage)));
  module->setAttr(tags::kRecompute, builder.getStrArrayAttr(recompute));
  return success();
}

namespace {
struct ApplyPlan : mpc::impl::ApplyPlanBase<ApplyPlan> {
  using ApplyPlanBase::ApplyPlanBase;
  void runOnOperation() override {
    llvm::Expected<Plan> read = readPlan(plan);
    if (!read) {
      getOperation().emitError() << llvm::toString(read.takeError());
      return signalPassFailure();
    }
    if (failed(applyPlan(getOperation(), *read)))
      signalPassFailure();
  }
};
} // namespace

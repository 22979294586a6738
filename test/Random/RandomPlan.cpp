//===- RandomPlan.cpp - a split nobody would choose -----------------------===//

#include "RandomPlan.h"
#include "Random.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

static constexpr int64_t kMostDevices = 8;

/// Whether `size` elements in equal blocks fill all parts.
static bool fillsParts(int64_t size, int64_t parts) {
  int64_t block = (size + parts - 1) / parts;
  return block * (parts - 1) < size;
}

static void drawMesh(Random &random, Plan &plan, int64_t batch) {
  int64_t devices = 1;
  auto add = [&](const char *axis, int chance, bool mayCut(int64_t, int64_t)) {
    int64_t size = random.between(2, 4);
    bool fits = devices * size <= kMostDevices && mayCut(batch, size);
    if (!random.chance(chance) || !fits)
      return;
    plan.mesh.push_back({axis, size});
    devices *= size;
  };
  auto always = [](int64_t, int64_t) { return true; };
  add("data", 50, fillsParts);
  add("stage", 50, always);
  add("tensor", 60, always);
  add("context", 25, always);
  if (plan.mesh.empty())
    plan.mesh = {{"tensor", 2}};
}

static void drawMicroBatches(Random &random, Plan &plan, int64_t batch) {
  int64_t wanted = random.chance(40) ? 1 : random.between(2, 5);
  while (!fillsParts(batch, plan.getAxisSize("data") * wanted))
    --wanted;
  plan.microBatches = wanted;
  plan.schedule = random.chance(50) ? "1f1b" : "gpipe";
}

/// The number of forward ops, which stages are cut by.
static int64_t countForwardOps(ModuleOp built) {
  int64_t count = 0, untagged = 0;
  built.walk([&](Operation *op) {
    if (auto origin = op->getAttrOfType<IntegerAttr>(tags::kOrigin))
      count = std::max(count, origin.getInt() + 1);
    else if (op->getNumResults() == 1 && !isa<ReadOp, ConstantOp>(op))
      ++untagged;
  });
  return count ? count : untagged;
}

static void drawStages(Random &random, Plan &plan, ModuleOp built) {
  int64_t stages = plan.getAxisSize("stage"), ops = countForwardOps(built);
  for (int64_t stage = 1; stage < stages; ++stage)
    plan.stages.push_back(random.between(0, ops));
  llvm::sort(plan.stages);
}

/// Cuts some dimensions by some axes, each axis at most once.
static DimAxes drawPlacement(Random &random, const Plan &plan,
                             ArrayRef<int64_t> shape) {
  DimAxes dims(shape.size());
  for (const auto &[axis, size] : plan.mesh) {
    if (axis == "stage" || shape.empty() || random.chance(40))
      continue;
    size_t dim = random.below(shape.size());
    int64_t parts = size;
    for (const std::string &other : dims[dim])
      parts *= plan.getAxisSize(other);
    if (fillsParts(shape[dim], parts))
      dims[dim].push_back(axis);
  }
  return dims;
}

Plan mpc::test::makePlan(ModuleOp built, int64_t batch, uint64_t seed) {
  Random random(seed, 2);
  Plan plan;
  plan.partition = "mesh";
  drawMesh(random, plan, batch);
  drawMicroBatches(random, plan, batch);
  drawStages(random, plan, built);
  for (auto variable : built.getOps<VariableOp>()) {
    if (variable.getRole() != VariableRole::Parameter || random.chance(30))
      continue;
    DimAxes dims =
        drawPlacement(random, plan, variable.getTensorType().getShape());
    if (llvm::any_of(dims, [](auto &axes) { return !axes.empty(); }))
      plan.variables[variable.getSymName().str()] = dims;
  }
  plan.zero = Random(seed, 4).between(0, kMaxZero);
  plan.zeroMinBytes = 0;
  plan.sequenceParallel = Random(seed, 6).chance(50);
  Random recomputing(seed, 5);
  plan.recompute.clear();
  for (int64_t stage = 0; stage < plan.getNumStages(); ++stage)
    plan.recompute.push_back(static_cast<Recompute>(recomputing.between(0, 2)));
  return plan;
}

//===- RandomPlan.cpp - a split nobody would choose -----------------------===//

#include "RandomPlan.h"
#include "Random.h"
#include "RandomSchedule.h"
#include "mpc/Data/AtomicFile.h"
#include "mpc/IR/Tags.h"
#include "mpc/Schedule/Generators.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

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
}

/// A file of the system's temporary directory with a random order.
static std::string writeSchedule(Random &random, const Plan &plan,
                                 uint64_t seed) {
  llvm::SmallString<128> path;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  std::string name = llvm::formatv("mpc-random-{0}-{1}.csv",
                                   llvm::sys::Process::getProcessId(), seed);
  llvm::sys::path::append(path, name);
  std::string text = schedule::printCSV(
      makeRandomSchedule(random, plan.getAxisSize("stage"), plan.microBatches));
  llvm::cantFail(data::writeFileAtomically(path, text));
  return path.str().str();
}

static void drawSchedule(Random &random, Plan &plan, uint64_t seed) {
  static constexpr const char *names[] = {
      "gpipe", "1f1b", "interleaved:2", "interleaved:3", "zb-h1",
      "zb-h2", "zb-v", "zb-auto",       "dualpipev"};
  bool isNamed = plan.getAxisSize("stage") == 1 || random.chance(70);
  plan.schedule = isNamed ? names[random.below(std::size(names))]
                          : writeSchedule(random, plan, seed);
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
  int64_t stages = llvm::cantFail(schedule::getScheduleNeeds(
                                      plan.schedule, plan.getAxisSize("stage")))
                       .chunkToGroup.size();
  int64_t ops = countForwardOps(built);
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
  drawSchedule(random, plan, seed);
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

//===- random-verify.cpp - the oracle on random networks and splits -------===//
//
//   random-verify --cases=200 --seed=1     # what CI runs
//   random-verify --only=4711 --shrink     # one case, made small and printed
//   random-verify --bf16 --tolerance=0.05  # a relu that flips is no mistake
//   random-verify --faults                 # a wrong gradient, to be found
//   random-verify --cuda                   # splits for GPUs, on the stand-in
//   random-verify --cuda --bf16 --tolerance=0.05       # with flash attention
//   mpirun -n 2 random-verify              # the split networks in two
//   processes
//
// Case N of seed S is case S + N: a random network, mesh, placement, schedule
// and optimizer, trained (or run) unsplit and split. Exit status 1 if one
// differs or a split fails.
//
//===----------------------------------------------------------------------===//

#include "CUDAStandin/SimulatedTarget.h"
#include "Faults/Faults.h"
#include "Random.h"
#include "RandomModel.h"
#include "RandomPlan.h"
#include "Reference.h"
#include "Standin.h"
#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Verify.h"
#include "mpc/Schedule/Generators.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include <nlohmann/json.hpp>

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
namespace cl = llvm::cl;

static cl::opt<uint64_t> seed("seed", cl::init(1), cl::desc("The first case"));
static cl::opt<int64_t> cases("cases", cl::init(200), cl::desc("How many"));
static cl::opt<int64_t> only("only", cl::init(-1),
                             cl::desc("Run this case and print it"));
static cl::opt<bool>
    shrink("shrink", cl::desc("Leave out what a mismatch does not need"));
static cl::opt<bool> interpret("interpret", cl::init(true),
                               cl::desc("Hold the unsplit step against the "
                                        "interpreter too"));
static cl::opt<bool> verbose("verbose", cl::desc("Name every case first"));
static cl::opt<double> tolerance("tolerance", cl::init(2e-4),
                                 cl::desc("Largest relative error"));
static cl::opt<bool> bf16("bf16", cl::desc("Compute in bf16; give a tolerance "
                                           "for it. Nothing is interpreted"));
static cl::opt<bool> faults("faults",
                            cl::desc("Make a gradient of every split wrong: "
                                     "equal is where that is found"));

static cl::opt<bool> cuda("cuda", cl::desc("Compile for GPUs, and run on the "
                                           "stand-in for their driver"));

/// f32 against f64.
static constexpr double kReferenceTolerance = 1e-3;

namespace {
enum class Outcome { Equal, Different, Refused, Failed };

struct CaseResult {
  Outcome outcome = Outcome::Failed;
  std::string text;
  Plan plan;
};

/// A model, and what of its plan is left out.
struct Case {
  ModelRecipe recipe;
  bool onlyOneMicroBatch = false;
  std::set<std::string> replicated;
};
} // namespace

/// The processes of this run, where a launcher has started several: the unsplit
/// network runs in rank 0, the split one in all of them.
static World *world = nullptr;
static constexpr StringLiteral notForAll = "not for this number of processes";

/// Whether attention is left to the stand-in's library, which has bf16 alone,
/// and heads of a multiple of 8 elements.
static bool hasFlashAttention() { return cuda && bf16; }

static ModelRecipe draw(uint64_t seed) {
  return makeRecipe(seed, hasFlashAttention() ? 8 : 1);
}

/// What the partitioner may say of a split that cannot be.
static bool isRefusal(StringRef error) {
  return error == notForAll ||
         error.contains("needs values of other micro-batches") ||
         error.contains("over micro-batches; only sums are accumulated") ||
         error.contains("is cut by micro-batches and needed whole") ||
         error.contains("complete only after all of them") ||
         error.contains("nothing to train");
}

static void drawOptimizer(uint64_t seed, VerifyOptions &options) {
  Random random(seed, 3);
  options.forwardOnly = random.chance(15);
  AddOptimizerOptions &optimizer = options.setup.training.optimizer;
  if (random.chance(40))
    optimizer.momentum = 0.9;
  if (random.chance(30))
    optimizer.weightDecay = 0.1;
  if (random.chance(30))
    optimizer.clip = 0.5;
  Random adaptive(seed, 7);
  options.adaptive = adaptive.chance(30);
  if (!options.adaptive)
    return;
  optimizer.momentum = 0;
  optimizer.kind = adaptive.pick({OptimizerKind::Adam, OptimizerKind::AdamW});
}

static VerifyOptions makeOptions(const RandomModel &model, uint64_t seed) {
  VerifyOptions options;
  options.tolerance = tolerance;
  if (bf16)
    options.epsilon = 0x1p-7;
  options.setup.training.autodiff.loss = model.loss;
  options.setup.seed = seed;
  options.setup.session.world = world;
  options.setup.compile.threadsPerDevice = 1;
  options.setup.compile.kernels.cacheDir = "";
  if (cuda) {
    mpcrt::standin::reset(seed);
    options.setup.compile.target = createSimulatedTarget;
    options.setup.training.flashAttention = hasFlashAttention();
    // Products have gelu inside, or have not.
    options.setup.compile.cuda.chip = seed % 2 ? "sm_90" : "sm_80";
  }
  drawOptimizer(seed, options);
  return options;
}

static void checkReference(ModuleOp model, const VerifyOptions &options,
                           const RandomInputs &fill, CaseResult &result) {
  auto reference = compareWithReference(model, options, fill);
  if (!reference) {
    result.text = "interpreter: " + toString(reference.takeError());
    result.outcome = Outcome::Failed;
  } else if (!(reference->error <= kReferenceTolerance)) {
    result.text = llvm::formatv("unsplit and interpreted, {0} {1:e2}",
                                reference->tensor, reference->error);
    result.outcome = Outcome::Different;
  }
}

/// One per cent and a little: of a gradient that is zero, too.
static std::string spoilOne(ModuleOp built, uint64_t seed) {
  std::vector<std::string> names = getTrained(built);
  std::string name = Random(seed, 8).pick<std::string>(names);
  spoilGradient(built, name, [](TensorBuilder &t, mlir::Value gradient) {
    return t.add(t.mul(gradient, 1.01), 0.01);
  });
  return name;
}

static CaseResult runCase(MLIRContext &context, const Case &what,
                          bool print = false) {
  CaseResult result;
  auto model = makeModel(context, what.recipe);
  if (!model) {
    result.text = "generator: " + toString(model.takeError());
    return result;
  }
  if (bf16)
    if (llvm::Error error = convertToBF16(*model->module)) {
      result.text = toString(std::move(error));
      return result;
    }
  VerifyOptions options = makeOptions(*model, what.recipe.seed);
  bool spoils = faults && !options.forwardOnly;
  std::string spoiled;
  auto choose = [&](ModuleOp built) -> llvm::Expected<Plan> {
    Plan plan = makePlan(built, model->batch, what.recipe.seed);
    if (what.onlyOneMicroBatch) {
      plan.microBatches = 1;
      if (schedule::isScheduleFile(plan.schedule))
        plan.schedule = "1f1b";
    }
    for (const std::string &name : what.replicated)
      plan.variables.erase(name);
    if (world && plan.getNumDevices() % world->getSize())
      return llvm::createStringError(notForAll);
    if (spoils)
      spoiled = spoilOne(built, what.recipe.seed);
    return result.plan = plan;
  };
  if (print)
    model->module->print(llvm::outs());
  RandomInputs fill(*model->module, what.recipe.seed);
  auto verified = verify(*model->module, options, choose, fill);
  if (schedule::isScheduleFile(result.plan.schedule) && !print)
    llvm::sys::fs::remove(result.plan.schedule);
  if (!verified) {
    result.text = toString(verified.takeError());
    result.outcome =
        isRefusal(result.text) ? Outcome::Refused : Outcome::Failed;
    return result;
  }
  if (verified->predictedBytes != verified->allocatedBytes) {
    result.text = "allocated other bytes than predicted";
    return result;
  }
  result.outcome = verified->equal ? Outcome::Equal : Outcome::Different;
  result.text =
      llvm::formatv("{0} {1:e2}", verified->worstTensor, verified->maxError);
  if (spoils) {
    result.outcome = verified->equal ? Outcome::Different : Outcome::Equal;
    result.text =
        "the wrong gradient of " + spoiled + " was not found: " + result.text;
    return result;
  }
  if (interpret && !world && !bf16 && verified->equal && !options.forwardOnly)
    checkReference(*model->module, options, fill, result);
  return result;
}

/// Leaves out parts of the case as long as it still goes wrong in its way.
static Case shrinkCase(MLIRContext &context, Case what, const CaseResult &was) {
  auto tryCase = [&](Case smaller) {
    bool same = runCase(context, smaller).outcome == was.outcome;
    if (same)
      what = std::move(smaller);
  };
  for (int64_t step = what.recipe.steps - 1; step >= 0; --step) {
    Case smaller = what;
    smaller.recipe.leftOut.insert(step);
    tryCase(smaller);
  }
  Case whole = what;
  whole.onlyOneMicroBatch = true;
  tryCase(whole);
  for (const auto &[name, dims] : was.plan.variables) {
    Case smaller = what;
    smaller.replicated.insert(name);
    tryCase(smaller);
  }
  return what;
}

static const char *getWord(Outcome outcome) {
  switch (outcome) {
  case Outcome::Equal:
    return "equal";
  case Outcome::Different:
    return "DIFFERENT";
  case Outcome::Refused:
    return "refused";
  case Outcome::Failed:
    return "FAILED";
  }
  llvm_unreachable("all outcomes are handled");
}

static void report(uint64_t number, const CaseResult &result) {
  if (!isRoot(world))
    return;
  llvm::outs() << "case " << number << ": " << getWord(result.outcome) << ": "
               << result.text << "\n";
  llvm::outs().flush();
}

static int runOne(MLIRContext &context) {
  Case what{draw(only), false, {}};
  CaseResult result = runCase(context, what, /*print=*/!shrink);
  bool wrong =
      result.outcome == Outcome::Different || result.outcome == Outcome::Failed;
  if (shrink && result.outcome != Outcome::Equal)
    result = runCase(context, shrinkCase(context, what, result), true);
  llvm::outs() << toJSON(result.plan).dump(1) << "\n";
  report(only, result);
  return wrong;
}

static int runAll(MLIRContext &context) {
  std::map<Outcome, int64_t> counts;
  for (uint64_t number = seed; number < seed + cases; ++number) {
    if (verbose)
      llvm::errs() << "case " << number << "\n";
    CaseResult result = runCase(context, {draw(number), false, {}});
    ++counts[result.outcome];
    if (result.outcome != Outcome::Equal)
      report(number, result);
  }
  if (isRoot(world))
    llvm::outs() << "cases " << seed << " to " << seed + cases - 1 << ": "
                 << counts[Outcome::Equal] << " equal, "
                 << counts[Outcome::Refused] << " refused, "
                 << counts[Outcome::Different] << " different, "
                 << counts[Outcome::Failed] << " failed\n";
  // A generator whose splits are mostly refused would test nothing.
  bool tests = counts[Outcome::Refused] * (world ? 2 : 10) <= cases;
  return counts[Outcome::Different] || counts[Outcome::Failed] || !tests;
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "mpc's oracle on random networks\n");
  llvm::ExitOnError exitOnError("random-verify: ");
  std::unique_ptr<World> joined =
      exitOnError(World::join(SessionOptions().timeoutMs));
  world = joined.get();
  if (cuda)
    useStandin();
  MLIRContext context(makeRegistry());
  int code = only >= 0 ? runOne(context) : runAll(context);
  if (world)
    exitOnError(world->leave());
  return code;
}

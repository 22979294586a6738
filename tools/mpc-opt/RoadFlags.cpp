//===- RoadFlags.cpp - the options of the whole road ----------------------===//

#include "RoadFlags.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/ManagedStatic.h"

using namespace mpc;
namespace cl = llvm::cl;

namespace {
struct RoadFlags {
  cl::OptionCategory category{"Partitioning",
                              "MODEL.mlir --partition=pipeline prints the "
                              "partitioned program; with --loss=... also that "
                              "of the training step"};
  cl::opt<std::string> partition{
      "partition", cl::desc("none, layer, tensor, pipeline, data or auto"),
      cl::value_desc("kind"), cl::cat(category)};
  cl::opt<std::string> mesh{
      "mesh",
      cl::desc("Axes and sizes, outermost first: data:2,stage:2,tensor:2"),
      cl::value_desc("axes"), cl::cat(category)};
  cl::opt<int64_t> devices{
      "devices",
      cl::desc("Virtual devices; default 4 where a split is asked for"),
      cl::value_desc("N"), cl::init(0), cl::cat(category)};
  cl::opt<int64_t> microBatches{"micro-batches", cl::desc("Default: chosen"),
                                cl::value_desc("M"), cl::init(0),
                                cl::cat(category)};
  cl::opt<std::string> schedule{"schedule", cl::desc("gpipe, 1f1b or FILE.csv"),
                                cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> cluster{
      "cluster", cl::desc("FILE.json, dgx-a100:N, dgx-h100:N, h200:N, ..."),
      cl::value_desc("cluster"), cl::cat(category)};
  cl::opt<std::string> pin{"pin", cl::desc("Placements and stages to keep"),
                           cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> plan{"plan", cl::desc("Use this plan"),
                            cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> emitPlan{"emit-plan", cl::desc("Write the plan chosen"),
                                cl::value_desc("file"), cl::cat(category)};
  cl::opt<LossKind> loss{
      "loss", cl::desc("Partition the training step as well; its loss:"),
      cl::values(
          clEnumValN(LossKind::CrossEntropy, "cross-entropy",
                     "softmax and labels"),
          clEnumValN(LossKind::NextToken, "next-token", "of every position"),
          clEnumValN(LossKind::SquaredError, "mse", "squared difference")),
      cl::cat(category)};
  cl::opt<OptimizerKind> optimizer{
      "optimizer", cl::desc("Of the training step (default sgd):"),
      cl::init(OptimizerKind::SGD),
      cl::values(
          clEnumValN(OptimizerKind::SGD, "sgd", "gradient descent"),
          clEnumValN(OptimizerKind::Adam, "adam", "Adam"),
          clEnumValN(OptimizerKind::AdamW, "adamw", "Adam, decay apart")),
      cl::cat(category)};
  cl::opt<std::string> to{
      "to", cl::value_desc("phase"), cl::init("schedule"), cl::cat(category),
      cl::desc("Last phase: import, autodiff, decompose, plan, stages, local, "
               "schedule (default) or fused")};
  cl::opt<std::string> dumpDir{
      "dump-dir", cl::desc("Keep the module after every phase here"),
      cl::value_desc("dir"), cl::cat(category)};
};
} // namespace

static llvm::ManagedStatic<RoadFlags> flags;

void mpc::registerRoadFlags() { *flags; }

llvm::Expected<std::optional<RoadOptions>> mpc::getRoadOptions() {
  RoadFlags &given = *flags;
  bool isRoad =
      given.partition.getNumOccurrences() || given.mesh.getNumOccurrences() ||
      given.devices.getNumOccurrences() || given.cluster.getNumOccurrences() ||
      given.plan.getNumOccurrences() || given.to.getNumOccurrences() ||
      given.dumpDir.getNumOccurrences();
  if (!isRoad)
    return std::nullopt;
  RoadOptions options;
  options.partition = {given.partition,    given.mesh,     given.devices,
                       given.microBatches, given.schedule, given.cluster,
                       given.pin,          given.plan};
  options.emitPlan = given.emitPlan;
  options.dumpDir = given.dumpDir;
  if (given.loss.getNumOccurrences())
    options.training = TrainingRecipe{given.loss, given.optimizer};
  else if (given.optimizer.getNumOccurrences())
    return llvm::createStringError(
        "--optimizer needs --loss: an optimizer has nothing to do "
        "without a training step");
  llvm::Expected<RoadPhase> to = parseRoadPhase(given.to);
  if (!to)
    return llvm::createStringError("--to: " + llvm::toString(to.takeError()));
  options.to = *to;
  return options;
}

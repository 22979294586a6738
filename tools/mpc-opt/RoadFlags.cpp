//===- RoadFlags.cpp - the options of the whole road ----------------------===//

#include "RoadFlags.h"
#include "mpc/Conversion/GPUKernels.h"
#include "mpc/Pipelines/PartitionFlags.h"
#include "llvm/Support/ManagedStatic.h"

using namespace mpc;
namespace cl = llvm::cl;

namespace {
struct RoadFlags {
  cl::OptionCategory category{"Partitioning",
                              "MODEL.mlir --partition=pipeline prints the "
                              "partitioned program; with --loss=... also that "
                              "of the training step"};
  PartitionOptions partition;
  PartitionFlags split{partition, category};
  enum class DType { F32, BF16 };
  cl::opt<DType> dtype{
      "dtype", cl::desc("What the model computes in (default f32):"),
      cl::init(DType::F32),
      cl::values(clEnumValN(DType::F32, "f32", "what the file says"),
                 clEnumValN(DType::BF16, "bf16",
                            "parameters and activations in bf16, sums, norms, "
                            "softmax, loss and optimizer in f32")),
      cl::cat(category)};
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
  cl::opt<RoadTarget> target{
      "target", cl::desc("What kernels are made for (default cpu):"),
      cl::init(RoadTarget::CPU),
      cl::values(clEnumValN(RoadTarget::CPU, "cpu", "this machine"),
                 clEnumValN(RoadTarget::CUDA, "cuda",
                            "NVIDIA's GPUs; --to=gpu, nvvm or ptx shows them")),
      cl::cat(category)};
  cl::opt<std::string> chip{
      "gpu-arch", cl::value_desc("sm_NN"), cl::init("sm_80"), cl::cat(category),
      cl::desc("Of the target cuda: sm_80 (default) to sm_90")};
  enum class Attention { Matmuls, CuDNN };
  cl::opt<Attention> attention{
      "attention", cl::desc("Of the target cuda (default matmuls):"),
      cl::init(Attention::Matmuls),
      cl::values(clEnumValN(Attention::Matmuls, "matmuls",
                            "two products around a softmax"),
                 clEnumValN(Attention::CuDNN, "cudnn",
                            "one call of cuDNN, where it can: in bf16")),
      cl::cat(category)};
  cl::opt<std::string> to{
      "to", cl::value_desc("phase"), cl::init("schedule"), cl::cat(category),
      cl::desc("Last phase: import, autodiff, decompose, plan, stages, local, "
               "schedule (default) or fused; with --target=cuda also gpu, nvvm "
               "or ptx")};
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
      given.split.areGiven() || given.loss.getNumOccurrences() ||
      given.dtype.getNumOccurrences() || given.target.getNumOccurrences() ||
      given.chip.getNumOccurrences() || given.attention.getNumOccurrences() ||
      given.optimizer.getNumOccurrences() || given.to.getNumOccurrences() ||
      given.dumpDir.getNumOccurrences();
  if (!isRoad)
    return std::nullopt;
  RoadOptions options;
  options.partition = given.partition;
  options.dumpDir = given.dumpDir;
  options.bf16 = given.dtype == RoadFlags::DType::BF16;
  if (given.loss.getNumOccurrences())
    options.training = TrainingRecipe{given.loss, given.optimizer};
  else if (given.optimizer.getNumOccurrences())
    return llvm::createStringError(
        "--optimizer needs --loss: an optimizer has nothing to do "
        "without a training step");
  options.target = given.target;
  options.chip = given.chip;
  if (options.target != RoadTarget::CUDA && given.chip.getNumOccurrences())
    return llvm::createStringError("--gpu-arch needs --target=cuda");
  options.flashAttention = given.attention == RoadFlags::Attention::CuDNN;
  if (options.target != RoadTarget::CUDA && options.flashAttention)
    return llvm::createStringError("--attention=cudnn needs --target=cuda");
  if (llvm::Error error = check(GPUOptions{options.chip}))
    return llvm::createStringError("--gpu-arch: " +
                                   llvm::toString(std::move(error)));
  llvm::Expected<RoadPhase> to = parseRoadPhase(given.to, options.target);
  if (!to)
    return llvm::createStringError("--to: " + llvm::toString(to.takeError()));
  options.to = *to;
  return options;
}

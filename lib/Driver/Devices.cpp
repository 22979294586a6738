//===- Devices.cpp - what the devices of a command are --------------------===//

#include "mpc/Driver/Commands.h"
#include "mpc/Driver/Model.h"

using namespace mlir;
using namespace mpc;

namespace {
struct TargetName {
  StringLiteral name;
  std::unique_ptr<ExecutableTarget> (*create)(MLIRContext &,
                                              const CompileOptions &, int64_t);
};
} // namespace

static constexpr TargetName kTargets[] = {{"cpu", createCPUTarget},
                                          {"cuda", createCUDATarget}};

llvm::Error mpc::chooseTarget(const RunOptions &options,
                              CompileOptions &compile) {
  const auto *target = llvm::find_if(kTargets, [&](const TargetName &known) {
    return known.name == options.target;
  });
  if (target == std::end(kTargets))
    return llvm::createStringError("--target: unknown target '" +
                                   options.target + "', expected cpu or cuda");
  compile.target = target->create;
  compile.kernels.cpu = options.cpu;
  compile.threadsPerDevice = static_cast<int>(options.threads);
  compile.cuda.cubins = options.cubin;
  if (!options.gpuArch.empty())
    compile.cuda.chip = options.gpuArch;
  // Options of the other target, and whether they are given.
  bool isCUDA = options.target == "cuda";
  for (auto [name, isGiven, isOfCUDA] :
       {std::tuple("gpu-arch", !options.gpuArch.empty(), true),
        std::tuple("cubin", options.cubin, true),
        std::tuple("cpu", !options.cpu.empty(), false),
        std::tuple("threads", options.threads > 0, false)})
    if (isGiven && isOfCUDA != isCUDA)
      return llvm::createStringError("--" + Twine(name) + " needs --target=" +
                                     (isOfCUDA ? "cuda" : "cpu"));
  if (llvm::Error error = check(GPUOptions{compile.cuda.chip}))
    return llvm::createStringError("--gpu-arch: " + toString(std::move(error)));
  if (options.cubin)
    if (llvm::Error error = Ptxas::require().takeError())
      return llvm::createStringError("--cubin: " + toString(std::move(error)));
  return llvm::Error::success();
}

llvm::Expected<bool> mpc::usesFlashAttention(const RunOptions &options) {
  StringRef kind = options.attention;
  if (!kind.empty() && kind != "auto" && kind != "cudnn" && kind != "matmuls")
    return llvm::createStringError("--attention: unknown kind '" + kind +
                                   "', expected auto, cudnn or matmuls");
  bool isCUDA = options.target == "cuda";
  if (kind == "cudnn" && !isCUDA)
    return llvm::createStringError("--attention=cudnn needs --target=cuda");
  bool isAuto = kind.empty() || kind == "auto";
  return kind == "cudnn" || (isAuto && isCUDA && MPC_HAS_CUDNN);
}

/// Whether a command runs on the devices.
static bool needsDevices(Command command) {
  return command == Command::Train || command == Command::Infer ||
         command == Command::Verify || command == Command::Bench;
}

std::string mpc::getMachine(const RunOptions &options) {
  if (options.target != "cuda")
    return "";
  if (needsDevices(options.command))
    return "detect";
  // The first of their kind, as many as anybody may plan for.
  return options.gpuArch == "sm_90" ? "dgx-h100:128" : "dgx-a100:128";
}

llvm::Error mpc::checkDevices(const RunOptions &options) {
  CompileOptions compile;
  if (llvm::Error error = chooseTarget(options, compile))
    return error;
  if (llvm::Error error = usesFlashAttention(options).takeError())
    return error;
  if (!needsDevices(options.command))
    return llvm::Error::success();
  return atRunTime(toError(mpcrt_target_check(options.target.c_str())));
}

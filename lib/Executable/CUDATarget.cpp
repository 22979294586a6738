//===- CUDATarget.cpp - executables of NVIDIA's GPUs ----------------------===//

#include "Epilogues.h"
#include "mpc/Conversion/Passes.h"
#include "mpc/Executable/ExecutableTarget.h"
#include "mpcrt/mpcrt.h"
#include "llvm/Support/Base64.h"

using namespace mpc;

/// Of every buffer, for kernels: a part of another buffer begins at a multiple
/// of 64.
static constexpr int64_t kBufferAlignment = 16;

/// As many partial sums of a product as cuBLASLt may want to keep.
static constexpr int64_t kPartialSums = 64;

static GPUOptions getGPUOptions(const CUDAOptions &options) {
  return {options.chip, kBufferAlignment};
}

CUDATarget::CUDATarget(mlir::MLIRContext &context,
                       const KernelOptions &kernelOptions, CUDAOptions given)
    : options(std::move(given)),
      assembler(options.cubins ? Ptxas::find() : std::nullopt),
      kernels(context, getGPUOptions(options), kernelOptions,
              assembler ? &*assembler : nullptr) {}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

bool CUDATarget::hasType(int32_t dtype) const {
  return dtype == MPCRT_F32 || dtype == MPCRT_BF16;
}

/// Whether cuBLASLt takes an argument of gelu that lies like C.
static bool canHaveAux(const mpcrt_matmul_desc &desc) {
  constexpr int64_t unit = 8;
  bool fits = desc.c_n == 1 && desc.c_m >= desc.n && desc.c_m % unit == 0;
  for (int32_t i = 0; i < desc.batch_rank; ++i)
    fits &= desc.c_batch[i] % unit == 0;
  return fits;
}

/// A gelu inside of a product: only since Hopper. On GPUs before it the library
/// runs a kernel that writes more than ours do, in bf16 and f32 (found by
/// llm.c, github.com/karpathy/llm.c/pull/338, which has used it since sm_90
/// alone).
static bool hasFastGelu(llvm::StringRef chip) {
  int version = 0;
  return chip.consume_front("sm_") && !chip.getAsInteger(10, version) &&
         version >= 90;
}

bool CUDATarget::hasFastEpilogue(const mpcrt_matmul_desc &desc) const {
  bool isGelu =
      desc.activation == MPCRT_GELU || desc.activation == MPCRT_GELU_GRADIENT;
  if (!isGelu)
    return true;
  if (!hasFastGelu(options.chip) || desc.c_dtype != desc.dtype)
    return false;
  // The gradient of a bias has C's type, and no sum of many is kept in bf16.
  if (desc.has_bias_gradient &&
      (desc.c_dtype != MPCRT_F32 || desc.batch_rank > 0))
    return false;
  return !desc.has_aux || canHaveAux(desc);
}

/// Of a runtime's function that gives `bytes`.
static llvm::Expected<int64_t> getBytes(mpcrt_status *status,
                                        const int64_t &bytes) {
  if (!status)
    return bytes;
  llvm::Error error = llvm::createStringError(mpcrt_status_message(status));
  mpcrt_status_destroy(status);
  return error;
}

llvm::Expected<int64_t>
CUDATarget::getWorkspace(const mpcrt_attention_desc &desc) const {
  int64_t bytes = 0;
  return getBytes(mpcrt_cuda_attention_workspace(&desc, &bytes), bytes);
}

llvm::Expected<int64_t>
CUDATarget::getWorkspace(const mpcrt_matmul_desc &desc) const {
  int64_t copied = 0;
  llvm::Expected<int64_t> packed =
      getBytes(mpcrt_cuda_matmul_copies(&desc, &copied), copied);
  if (!packed)
    return packed;
  double sums = 4.0 * kPartialSums * desc.m * desc.n;
  for (int32_t i = 0; i < desc.batch_rank; ++i)
    sums *= desc.batch[i];
  return *packed +
         static_cast<int64_t>(std::min<double>(sums, options.workspaceBytes));
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

void CUDATarget::addPasses(mlir::OpPassManager &bodies) const {
  bodies.addPass(createSplitEpilogues(*this));
  ShareLaunchesOptions sharing;
  sharing.bufferAlignment = kBufferAlignment;
  bodies.addPass(createShareLaunches(sharing));
}

llvm::FailureOr<LaunchKernel> CUDATarget::add(llvm::ArrayRef<FusedOp> regions) {
  llvm::FailureOr<GPUKernel> kernel = kernels.add(regions);
  if (failed(kernel))
    return llvm::failure();
  return LaunchKernel{kernel->symbol, kernel->scalars, kernel->aliases};
}

/// Every kernel is a module of its own.
nlohmann::json CUDATarget::describeKernel(llvm::StringRef symbol) const {
  size_t number = *kernels.find(symbol);
  const GPUKernel &kernel = kernels.get(number);
  return {{"entry", kernel.symbol},
          {"module", number},
          {"grid", kernel.gridSize},
          {"block", kernel.blockSize}};
}

llvm::Error CUDATarget::compile(nlohmann::json &manifest) {
  if (llvm::Error error = kernels.compile())
    return error;
  nlohmann::json modules = nlohmann::json::array();
  for (size_t i = 0; i < kernels.size(); ++i) {
    const GPUKernel &kernel = kernels.get(i);
    modules.push_back({{"ptx", kernel.ptx}});
    if (!kernel.cubin.empty())
      modules.back()["cubin"] = llvm::encodeBase64(kernel.cubin);
  }
  manifest["modules"] = std::move(modules);
  return llvm::Error::success();
}

llvm::Expected<PackagedCode> CUDATarget::package() const {
  PackagedCode code;
  code.target.target = getName();
  code.target.arch = options.chip;
  code.target.executable = "cuda/executable.json";
  code.kernels = kernels.size();
  code.target.modules = static_cast<int64_t>(kernels.size());
  for (size_t i = 0; i < kernels.size(); ++i)
    code.codeBytes += kernels.get(i).ptx.size() + kernels.get(i).cubin.size();
  return code;
}

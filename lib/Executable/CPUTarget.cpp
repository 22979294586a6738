//===- CPUTarget.cpp - executables of processors --------------------------===//

#include "mpc/Conversion/CodeImage.h"
#include "mpc/Executable/ExecutableTarget.h"
#include "mpcrt/mpcrt.h"

using namespace mpc;

bool CPUTarget::hasType(int32_t dtype) const {
  return mpcrt_matmul_has_type(dtype) != 0;
}

bool CPUTarget::hasFastEpilogue(const mpcrt_matmul_desc &desc) const {
  return mpcrt_matmul_has_fast_epilogue(&desc) != 0;
}

llvm::Expected<int64_t>
CPUTarget::getWorkspace(const mpcrt_matmul_desc &desc) const {
  int64_t bytes = 0;
  if (mpcrt_status *status = mpcrt_matmul_workspace(&desc, threads, &bytes)) {
    llvm::Error error = llvm::createStringError(mpcrt_status_message(status));
    mpcrt_status_destroy(status);
    return error;
  }
  return bytes;
}

llvm::Expected<int64_t>
CPUTarget::getWorkspace(const mpcrt_attention_desc &) const {
  return llvm::createStringError(
      "has no library for attention on target 'cpu'; leave out "
      "mpc-use-flash-attention");
}

llvm::FailureOr<LaunchKernel> CPUTarget::add(llvm::ArrayRef<FusedOp> regions) {
  assert(regions.size() == 1 && "a kernel of the CPU has one region");
  llvm::FailureOr<Kernel> kernel = kernels.add(regions.front());
  if (failed(kernel))
    return llvm::failure();
  return LaunchKernel{kernel->symbol,
                      kernel->scalars,
                      kernel->aliases,
                      {{"extent", kernel->extent}, {"grain", kernel->grain}}};
}

nlohmann::json CPUTarget::describeKernel(llvm::StringRef symbol) const {
  return symbol.str();
}

llvm::Error CPUTarget::compile(nlohmann::json &) { return kernels.compile(); }

mpcrt_kernel CPUTarget::find(llvm::StringRef symbol) {
  llvm::Expected<void *> address = kernels.lookup(symbol);
  if (!address) {
    llvm::consumeError(address.takeError());
    return nullptr;
  }
  return reinterpret_cast<mpcrt_kernel>(*address);
}

llvm::Expected<PackagedCode> CPUTarget::package() const {
  llvm::Expected<CodeImage> image = linkCode(kernels.getObjects());
  if (!image)
    return image.takeError();
  llvm::Expected<KernelMachine> machine = getKernelMachine(cpu);
  if (!machine)
    return machine.takeError();
  PackagedCode code;
  code.kernels = image->layout.kernels.size();
  code.codeBytes = image->bytes.size();
  code.target = {getName().str(),         machine->arch,
                 machine->features,       threads,
                 "cpu/executable.json",   "cpu/kernels.bin",
                 std::move(image->layout)};
  code.bytes = std::move(image->bytes);
  return code;
}

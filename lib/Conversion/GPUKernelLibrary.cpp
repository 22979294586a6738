//===- GPUKernelLibrary.cpp - distinct GPU kernels, compiled --------------===//

#include "KernelCache.h"
#include "ParallelWork.h"
#include "mpc/Conversion/GPUKernels.h"
#include <atomic>

using namespace mlir;
using namespace mpc;

namespace {
struct Entry {
  GPUKernel kernel;
  /// As emitted; null once there is PTX.
  OwningOpRef<ModuleOp> module;
};
} // namespace

struct GPUKernelLibrary::Impl {
  Impl(MLIRContext &context, GPUOptions options, const KernelOptions &kernels,
       const Ptxas *assembler)
      : context(context), options(std::move(options)), assembler(assembler),
        cache(kernels.cacheDir ? *kernels.cacheDir
                               : KernelCache::getDefaultDirectory()),
        threads(context.isMultithreadingEnabled()
                    ? std::max(1u, kernels.threads)
                    : 1) {}

  std::string getKey(const GPUKernel &kernel) const {
    return KernelCache::getKey(kernel.symbol + "\n" + options.chip);
  }
  bool isReady(const Entry &entry) const {
    return !entry.kernel.ptx.empty() &&
           (!assembler || !entry.kernel.cubin.empty());
  }
  llvm::Error compile(Entry &entry);

  MLIRContext &context;
  GPUOptions options;
  const Ptxas *assembler;
  KernelCache cache;
  unsigned threads;
  std::vector<std::unique_ptr<Entry>> entries;
  llvm::StringMap<size_t> bySymbol;
  std::atomic<unsigned> numCompiled = 0;
};

GPUKernelLibrary::GPUKernelLibrary(MLIRContext &context, GPUOptions options,
                                   const KernelOptions &kernels,
                                   const Ptxas *assembler)
    : impl(std::make_unique<Impl>(context, std::move(options), kernels,
                                  assembler)) {
  prepareGPUKernels(context);
}
GPUKernelLibrary::~GPUKernelLibrary() = default;

FailureOr<GPUKernel> GPUKernelLibrary::add(ArrayRef<FusedOp> ops) {
  FailureOr<GPUKernel> kernel = describeGPUKernel(ops, impl->options);
  if (failed(kernel) || impl->bySymbol.contains(kernel->symbol))
    return kernel;
  auto entry = std::make_unique<Entry>();
  if (auto ptx = impl->cache.load(impl->getKey(*kernel))) {
    entry->kernel = *kernel;
    entry->kernel.ptx = ptx->getBuffer();
  } else {
    entry->module = ModuleOp::create(UnknownLoc::get(&impl->context));
    FailureOr<GPUKernel> emitted =
        emitGPUKernel(ops, impl->options, *entry->module);
    if (failed(emitted))
      return failure();
    entry->kernel = std::move(*emitted);
  }
  impl->bySymbol[kernel->symbol] = impl->entries.size();
  impl->entries.push_back(std::move(entry));
  return kernel;
}

llvm::Error GPUKernelLibrary::Impl::compile(Entry &entry) {
  GPUKernel &kernel = entry.kernel;
  if (kernel.ptx.empty()) {
    Operation *holder = &entry.module->getBody()->front();
    if (failed(lowerGPUKernel(holder)))
      return llvm::createStringError("kernel '" + kernel.symbol +
                                     "' has no lowering to a GPU");
    llvm::Expected<std::string> ptx = translateToPTX(holder, options);
    if (!ptx)
      return ptx.takeError();
    kernel.ptx = std::move(*ptx);
    entry.module = nullptr;
    cache.store(getKey(kernel), kernel.ptx);
    ++numCompiled;
  }
  if (!assembler || !kernel.cubin.empty())
    return llvm::Error::success();
  llvm::Expected<Cubin> cubin = assembler->assemble(kernel.ptx, options.chip);
  if (!cubin)
    return llvm::createStringError("kernel '" + kernel.symbol +
                                   "': " + toString(cubin.takeError()));
  kernel.cubin = std::move(cubin->code);
  return llvm::Error::success();
}

llvm::Error GPUKernelLibrary::compile() {
  llvm::SmallVector<Entry *> missing;
  for (auto &entry : impl->entries)
    if (!impl->isReady(*entry))
      missing.push_back(entry.get());
  if (missing.empty())
    return llvm::Error::success();
  std::atomic<size_t> next = 0;
  return workInParallel(
      std::min<size_t>(impl->threads, missing.size()), [&]() -> llvm::Error {
        for (size_t i = next++; i < missing.size(); i = next++)
          if (llvm::Error error = impl->compile(*missing[i]))
            return error;
        return llvm::Error::success();
      });
}

size_t GPUKernelLibrary::size() const { return impl->entries.size(); }

const GPUKernel &GPUKernelLibrary::get(size_t number) const {
  return impl->entries[number]->kernel;
}

std::optional<size_t> GPUKernelLibrary::find(StringRef symbol) const {
  auto it = impl->bySymbol.find(symbol);
  return it == impl->bySymbol.end() ? std::nullopt : std::optional(it->second);
}

unsigned GPUKernelLibrary::getNumCompiled() const { return impl->numCompiled; }

//===- KernelLibrary.cpp - distinct kernels, compiled and loaded ----------===//

#include "EmitKernel.h"
#include "KernelCache.h"
#include "KernelCompiler.h"
#include "KernelText.h"
#include "ParallelWork.h"
#include "mpcrt/package/Machine.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/ExecutionEngine/Orc/ObjectLinkingLayer.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Target/TargetMachine.h"
#include <atomic>

using namespace mpc;
using namespace mlir;

/// This machine where the name is empty, or not one that getKernelMachine
/// takes.
static KernelTarget getTarget(StringRef cpu) {
  if (cpu.empty())
    return KernelTarget::host();
  llvm::Expected<KernelTarget> target = KernelTarget::forProcessor(cpu);
  if (target)
    return *target;
  llvm::consumeError(target.takeError());
  return KernelTarget::host();
}

llvm::Expected<KernelMachine> mpc::getKernelMachine(StringRef cpu) {
  llvm::Expected<KernelTarget> target =
      cpu.empty() ? KernelTarget::host() : KernelTarget::forProcessor(cpu);
  if (!target)
    return target.takeError();
  auto compiler = KernelCompiler::create(*target);
  if (!compiler)
    return compiler.takeError();
  const llvm::TargetMachine &machine = compiler->getMachine();
  KernelMachine result{machine.getTargetTriple().getArchName().str(), {}};
  for (const auto &feature :
       machine.getMCSubtargetInfo()->getEnabledProcessorFeatures())
    if (mpcrt::isKnownFeature(feature.Key))
      result.features.push_back(feature.Key);
  return result;
}

namespace {
struct Entry {
  std::string symbol, key;
  /// What is to be compiled; null once there is an object.
  OwningOpRef<ModuleOp> module;
  std::unique_ptr<llvm::MemoryBuffer> object;
  bool isLoaded = false;
};
} // namespace

struct KernelLibrary::Impl {
  Impl(MLIRContext &context, KernelOptions options)
      : context(context), target(getTarget(options.cpu)),
        cache(options.cacheDir ? *options.cacheDir
                               : KernelCache::getDefaultDirectory()),
        threads(context.isMultithreadingEnabled()
                    ? std::max(1u, options.threads)
                    : 1) {}

  llvm::Error compileEntries(llvm::ArrayRef<Entry *> missing,
                             std::atomic<size_t> &next);
  llvm::Error load();

  MLIRContext &context;
  KernelTarget target;
  KernelCache cache;
  unsigned threads;
  std::vector<std::unique_ptr<Entry>> entries;
  llvm::StringMap<Entry *> bySymbol;
  std::unique_ptr<llvm::orc::LLJIT> jit;
  unsigned numCompiled = 0;
};

KernelLibrary::KernelLibrary(MLIRContext &context, KernelOptions options)
    : impl(std::make_unique<Impl>(context, std::move(options))) {
  loadKernelDialects(context);
  prepareKernelLowering(context);
}
KernelLibrary::~KernelLibrary() = default;

FailureOr<Kernel> KernelLibrary::add(FusedOp op) {
  FailureOr<Kernel> kernel = describe(op);
  if (failed(kernel) || impl->bySymbol.contains(kernel->symbol))
    return kernel;
  auto entry = std::make_unique<Entry>();
  entry->symbol = kernel->symbol;
  entry->key =
      KernelCache::getKey(getKernelText(op) + "\n" + impl->target.str());
  entry->object = impl->cache.load(entry->key);
  if (!entry->object) {
    entry->module = ModuleOp::create(UnknownLoc::get(&impl->context));
    if (failed(emitKernel(op, entry->symbol, impl->target.vectorBytes,
                          *entry->module)))
      return failure();
  }
  impl->bySymbol[entry->symbol] = entry.get();
  impl->entries.push_back(std::move(entry));
  return kernel;
}

llvm::Error KernelLibrary::Impl::compileEntries(llvm::ArrayRef<Entry *> missing,
                                                std::atomic<size_t> &next) {
  llvm::Expected<KernelCompiler> compiler = KernelCompiler::create(target);
  if (!compiler)
    return compiler.takeError();
  for (size_t i = next++; i < missing.size(); i = next++) {
    Entry &entry = *missing[i];
    auto object = compiler->compile(*entry.module);
    if (!object)
      return object.takeError();
    entry.object = std::move(*object);
    entry.module = nullptr;
    cache.store(entry.key, entry.object->getBuffer());
  }
  return llvm::Error::success();
}

llvm::Error KernelLibrary::compile() {
  llvm::SmallVector<Entry *> missing;
  for (auto &entry : impl->entries)
    if (!entry->object)
      missing.push_back(entry.get());
  if (missing.empty())
    return llvm::Error::success();
  std::atomic<size_t> next = 0;
  llvm::Error error =
      workInParallel(std::min<size_t>(impl->threads, missing.size()),
                     [&] { return impl->compileEntries(missing, next); });
  impl->numCompiled += missing.size();
  return error;
}

static llvm::Expected<std::unique_ptr<llvm::orc::LLJIT>> createJIT() {
  using namespace llvm::orc;
  LLJITBuilder builder;
  builder.setObjectLinkingLayerCreator(
      [](ExecutionSession &session)
          -> llvm::Expected<std::unique_ptr<ObjectLayer>> {
        return std::make_unique<ObjectLinkingLayer>(session);
      });
  // For the memset and memcpy that LLVM makes of loops.
  builder.setLinkProcessSymbolsByDefault(true);
  return builder.create();
}

/// Gives the linker the objects that it has not seen.
llvm::Error KernelLibrary::Impl::load() {
  if (!jit) {
    if (auto error = KernelCompiler::create(target).takeError())
      return error;
    auto created = createJIT();
    if (!created)
      return created.takeError();
    jit = std::move(*created);
  }
  for (auto &entry : entries) {
    if (entry->isLoaded || !entry->object)
      continue;
    auto view = llvm::MemoryBuffer::getMemBuffer(
        entry->object->getMemBufferRef(), false);
    if (llvm::Error error = jit->addObjectFile(std::move(view)))
      return error;
    entry->isLoaded = true;
  }
  return llvm::Error::success();
}

llvm::Expected<void *> KernelLibrary::lookup(llvm::StringRef symbol) {
  Entry *entry = impl->bySymbol.lookup(symbol);
  if (!entry || !entry->object)
    return llvm::createStringError("kernel '" + symbol + "' is not compiled");
  if (llvm::Error error = impl->load())
    return error;
  auto address = impl->jit->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}

llvm::SmallVector<std::pair<llvm::StringRef, llvm::MemoryBufferRef>>
KernelLibrary::getObjects() const {
  llvm::SmallVector<std::pair<llvm::StringRef, llvm::MemoryBufferRef>> objects;
  for (const auto &entry : impl->entries)
    if (entry->object)
      objects.emplace_back(entry->symbol, entry->object->getMemBufferRef());
  return objects;
}

unsigned KernelLibrary::getNumCompiled() const { return impl->numCompiled; }

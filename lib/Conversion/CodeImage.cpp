//===- CodeImage.cpp - kernels for a package ------------------------------===//

#include "mpc/Conversion/CodeImage.h"
#include "mpcrt/package/Imports.h"
#include "llvm/ExecutionEngine/JITLink/JITLink.h"
#include "llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h"

using namespace mpc;
using namespace llvm::jitlink;
using llvm::orc::ExecutorAddr;

/// Where the block lies while it is linked; taken off again from all that is
/// written down.
static constexpr uint64_t kBase = 1 << 20;
/// Functions of the runner, so far away that calls go through words that hold
/// their addresses.
static constexpr uint64_t kFar = 0x7000000000000000;
/// No kernel's data want more; the runner maps pages.
static constexpr uint64_t kAlignment = 64, kLargestAlignment = 4096;

namespace {
/// The memory of one object: the next bytes of the image.
class ImageMemory : public JITLinkMemoryManager {
public:
  explicit ImageMemory(uint64_t begin) : begin(begin) {}

  void allocate(const JITLinkDylib *, LinkGraph &graph,
                OnAllocatedFunction onAllocated) override;
  void deallocate(std::vector<FinalizedAlloc> allocs,
                  OnDeallocatedFunction onDeallocated) override {
    for (FinalizedAlloc &alloc : allocs)
      alloc.release();
    onDeallocated(llvm::Error::success());
  }

  std::string bytes;

private:
  class Alloc : public InFlightAlloc {
    void abandon(OnAbandonedFunction done) override {
      done(llvm::Error::success());
    }
    void finalize(OnFinalizedFunction done) override {
      done(FinalizedAlloc(ExecutorAddr(kBase)));
    }
  };

  uint64_t begin;
};

/// What the linker asks while it links one object.
class ImageContext : public JITLinkContext {
public:
  ImageContext(ImageMemory &memory, llvm::StringRef kernel, CodeImage &image,
               llvm::Error &problem)
      : JITLinkContext(nullptr), memory(memory), kernel(kernel), image(image),
        problem(problem) {}

  JITLinkMemoryManager &getMemoryManager() override { return memory; }
  void notifyFailed(llvm::Error error) override {
    problem = llvm::joinErrors(std::move(problem), std::move(error));
  }
  void lookup(const LookupMap &symbols,
              std::unique_ptr<JITLinkAsyncLookupContinuation> found) override;
  llvm::Error notifyResolved(LinkGraph &graph) override;
  void notifyFinalized(JITLinkMemoryManager::FinalizedAlloc alloc) override {
    alloc.release();
  }
  llvm::Error modifyPassConfig(LinkGraph &,
                               PassConfiguration &config) override {
    config.PostFixupPasses.push_back(
        [this](LinkGraph &graph) { return recordPointers(graph); });
    return llvm::Error::success();
  }

private:
  llvm::Error recordPointers(LinkGraph &graph);
  llvm::Error recordPointer(LinkGraph &graph, const Block &block,
                            const Edge &edge);

  ImageMemory &memory;
  llvm::StringRef kernel;
  CodeImage &image;
  llvm::Error &problem;
};
} // namespace

void ImageMemory::allocate(const JITLinkDylib *, LinkGraph &graph,
                           OnAllocatedFunction onAllocated) {
  BasicLayout layout(graph);
  uint64_t size = 0;
  std::vector<uint64_t> offsets;
  for (auto &entry : layout.segments()) {
    auto &segment = entry.second;
    if (segment.Alignment.value() > kLargestAlignment)
      return onAllocated(
          llvm::createStringError("data with an alignment of " +
                                  llvm::Twine(segment.Alignment.value())));
    // The image's own places are multiples of kAlignment only.
    uint64_t alignment = std::max(segment.Alignment.value(), kAlignment);
    size = llvm::alignTo(begin + size, alignment) - begin;
    offsets.push_back(size);
    size += segment.ContentSize + segment.ZeroFillSize;
  }
  bytes.assign(size, '\0');
  for (auto [entry, offset] : llvm::zip_equal(layout.segments(), offsets)) {
    entry.second.Addr = ExecutorAddr(kBase + begin + offset);
    entry.second.WorkingMem = bytes.data() + offset;
  }
  if (llvm::Error error = layout.apply())
    return onAllocated(std::move(error));
  onAllocated(std::make_unique<Alloc>());
}

void ImageContext::lookup(
    const LookupMap &symbols,
    std::unique_ptr<JITLinkAsyncLookupContinuation> found) {
  AsyncLookupResult result;
  for (const auto &entry : symbols) {
    llvm::StringRef name = *entry.first;
    if (!mpcrt::findImport(name))
      return found->run(llvm::createStringError(
          "it calls '" + name + "', which packages cannot ask for"));
    result[entry.first] = {ExecutorAddr(kFar),
                           llvm::JITSymbolFlags::Exported |
                               llvm::JITSymbolFlags::Callable};
  }
  found->run(std::move(result));
}

llvm::Error ImageContext::notifyResolved(LinkGraph &graph) {
  for (Symbol *symbol : graph.defined_symbols())
    if (symbol->hasName() && *symbol->getName() == kernel) {
      image.layout.kernels[kernel.str()] =
          symbol->getAddress().getValue() - kBase;
      return llvm::Error::success();
    }
  return llvm::createStringError("its object does not define it");
}

/// Distances hold wherever the block lies. Addresses do not: they are words
/// that the runner fills in.
llvm::Error ImageContext::recordPointer(LinkGraph &graph, const Block &block,
                                        const Edge &edge) {
  const Symbol &target = edge.getTarget();
  llvm::StringRef kind = graph.getEdgeKindName(edge.getKind());
  bool isWord = kind == "Pointer64";
  uint64_t offset = block.getFixupAddress(edge).getValue() - kBase;
  if (target.isDefined()) {
    if (isWord)
      image.layout.relocations.push_back(offset);
    return llvm::Error::success();
  }
  if (!isWord || edge.getAddend() != 0)
    return llvm::createStringError("it reaches '" + *target.getName() +
                                   "' by " + kind);
  image.layout.imports.emplace_back((*target.getName()).str(), offset);
  return llvm::Error::success();
}

llvm::Error ImageContext::recordPointers(LinkGraph &graph) {
  for (Block *block : graph.blocks())
    for (const Edge &edge : block->edges())
      if (edge.isRelocation())
        if (llvm::Error error = recordPointer(graph, *block, edge))
          return error;
  return llvm::Error::success();
}

/// Words with addresses were written for kBase; the runner adds to 0.
static void takeBaseOff(CodeImage &image, size_t first) {
  for (size_t i = first; i < image.layout.relocations.size(); ++i) {
    char *word = image.bytes.data() + image.layout.relocations[i];
    uint64_t value = 0;
    std::memcpy(&value, word, sizeof value);
    value -= kBase;
    std::memcpy(word, &value, sizeof value);
  }
}

static llvm::Error linkObject(llvm::StringRef kernel,
                              llvm::MemoryBufferRef object, CodeImage &image) {
  image.bytes.resize(llvm::alignTo(image.bytes.size(), kAlignment));
  // Names that were looked up outlive the graph, which the link ends with.
  auto names = std::make_shared<llvm::orc::SymbolStringPool>();
  auto graph = createLinkGraphFromObject(object, names);
  if (!graph)
    return graph.takeError();
  ImageMemory memory(image.bytes.size());
  size_t relocations = image.layout.relocations.size();
  llvm::Error problem = llvm::Error::success();
  link(std::move(*graph),
       std::make_unique<ImageContext>(memory, kernel, image, problem));
  if (problem)
    return problem;
  image.bytes += memory.bytes;
  takeBaseOff(image, relocations);
  return llvm::Error::success();
}

llvm::Expected<CodeImage> mpc::linkCode(
    llvm::ArrayRef<std::pair<llvm::StringRef, llvm::MemoryBufferRef>> objects) {
  CodeImage image;
  for (const auto &[kernel, object] : objects)
    if (llvm::Error error = linkObject(kernel, object, image))
      return llvm::createStringError(
          "kernel '" + kernel +
          "' cannot be packaged: " + toString(std::move(error)));
  return image;
}

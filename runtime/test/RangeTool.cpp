//===- RangeTool.cpp - A tool that watches ranges -------------------------===//
#include "RangeTool.h"
#include <cstdlib>
#include <mutex>
#include <nvtx3/nvToolsExt.h>

namespace {

struct Seen {
  std::mutex mutex;
  std::map<uint32_t, std::string> categories;
  std::map<std::pair<std::string, std::string>, int> pushed;
  int open = 0;
};
Seen &seen() {
  static Seen all;
  return all;
}
thread_local int depth = 0;

nvtxDomainHandle_t createDomain(const char *name) {
  static char only;
  return std::string(name) == "mpc"
             ? reinterpret_cast<nvtxDomainHandle_t>(&only)
             : nullptr;
}

void nameCategory(nvtxDomainHandle_t, uint32_t category, const char *name) {
  std::lock_guard lock(seen().mutex);
  seen().categories[category] = name;
}

int push(nvtxDomainHandle_t, const nvtxEventAttributes_t *attributes) {
  std::lock_guard lock(seen().mutex);
  ++seen().pushed[{attributes->message.ascii,
                   seen().categories[attributes->category]}];
  ++seen().open;
  return depth++;
}

int pop(nvtxDomainHandle_t) {
  std::lock_guard lock(seen().mutex);
  if (!depth)
    std::abort();
  --seen().open;
  return --depth;
}

} // namespace

std::map<std::pair<std::string, std::string>, int> mpcrt::test::takeRanges() {
  std::lock_guard lock(seen().mutex);
  return std::exchange(seen().pushed, {});
}

int mpcrt::test::openRanges() {
  std::lock_guard lock(seen().mutex);
  return seen().open;
}

/// NVTX calls it once, and calls what it puts into the table.
extern "C" int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t getTable) {
  auto *callbacks = static_cast<const NvtxExportTableCallbacks *>(
      getTable(NVTX_ETID_CALLBACKS));
  NvtxFunctionTable table = nullptr;
  unsigned size = 0;
  if (!callbacks ||
      !callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &table, &size))
    return 0;
  auto set = [&](int id, auto *function) {
    *table[id] = reinterpret_cast<NvtxFunctionPointer>(function);
  };
  set(NVTX_CBID_CORE2_DomainCreateA, createDomain);
  set(NVTX_CBID_CORE2_DomainNameCategoryA, nameCategory);
  set(NVTX_CBID_CORE2_DomainRangePushEx, push);
  set(NVTX_CBID_CORE2_DomainRangePop, pop);
  return 1;
}

//===- Memory.cpp - Addresses and parameters of the stand-in --------------===//
#include "Memory.h"
#include "Standin.h"
#include "cuda/Types.h"
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

using namespace mpcrt;
using namespace mpcrt::cuda;

namespace {
/// No address of the host has this bit, and the processor refuses those that
/// have it.
constexpr uint64_t deviceBit = uint64_t{1} << 62;

struct Allocations {
  std::mutex mutex;
  std::map<Address, size_t> sizes;
  size_t used = 0, total = size_t{1} << 32;
  size_t module = 0, library = 0, pinnable = SIZE_MAX;
};
Allocations &allocations() {
  static Allocations all;
  return all;
}

std::map<std::string, std::vector<size_t>> &parameterBytes() {
  static std::map<std::string, std::vector<size_t>> table;
  return table;
}
} // namespace

void standin::setMemory(size_t bytes) {
  std::lock_guard lock(allocations().mutex);
  allocations().total = bytes;
}

void standin::setModuleBytes(size_t bytes) { allocations().module = bytes; }
void standin::setLibraryBytes(size_t bytes) { allocations().library = bytes; }
void standin::setPinnableBytes(size_t bytes) { allocations().pinnable = bytes; }
size_t standin::moduleBytes() { return allocations().module; }

bool standin::canLoadLibrary() {
  std::lock_guard lock(allocations().mutex);
  return allocations().used + allocations().library <= allocations().total;
}

bool standin::takeMemory(size_t bytes) {
  std::lock_guard lock(allocations().mutex);
  if (allocations().used + bytes > allocations().total)
    return false;
  allocations().used += bytes;
  return true;
}

void standin::returnMemory(size_t bytes) {
  std::lock_guard lock(allocations().mutex);
  allocations().used -= bytes;
}

char *standin::hostOf(const void *address) {
  return reinterpret_cast<char *>(reinterpret_cast<uint64_t>(address) &
                                  ~deviceBit);
}

void standin::setParameterBytes(const std::string &entry,
                                std::vector<size_t> bytes) {
  parameterBytes()[entry] = std::move(bytes);
}

std::shared_ptr<standin::Parameters>
standin::copyParameters(const std::string &entry, void **parameters) {
  auto copied = std::make_shared<Parameters>();
  for (size_t bytes : parameterBytes()[entry]) {
    auto *value = static_cast<char *>(parameters[copied->values.size()]);
    copied->values.emplace_back(value, value + bytes);
  }
  for (std::vector<char> &value : copied->values)
    copied->pointers.push_back(value.data());
  return copied;
}

namespace mpcrt::cuda {
extern "C" {

__attribute__((visibility("default"))) int cuMemGetInfo_v2(size_t *free,
                                                           size_t *total) {
  std::lock_guard lock(allocations().mutex);
  *total = allocations().total;
  *free = allocations().total - allocations().used;
  return Success;
}

__attribute__((visibility("default"))) int cuMemAlloc_v2(Address *address,
                                                         size_t bytes) {
  Allocations &all = allocations();
  std::lock_guard lock(all.mutex);
  if (all.used + bytes > all.total)
    return OutOfMemory;
  constexpr size_t alignment = 256;
  void *memory = std::aligned_alloc(alignment, (bytes + alignment - 1) /
                                                   alignment * alignment);
  std::memset(memory, 0x5a, bytes); // nobody may count on zeros
  *address = reinterpret_cast<uint64_t>(memory) | deviceBit;
  all.sizes[*address] = bytes;
  all.used += bytes;
  return Success;
}

__attribute__((visibility("default"))) int cuMemFree_v2(Address address) {
  Allocations &all = allocations();
  std::lock_guard lock(all.mutex);
  if (!address)
    return Success;
  all.used -= all.sizes[address];
  all.sizes.erase(address);
  std::free(standin::hostOf(reinterpret_cast<void *>(address)));
  return Success;
}

__attribute__((visibility("default"))) int cuMemAllocHost_v2(void **memory,
                                                             size_t bytes) {
  if (bytes > allocations().pinnable)
    return OutOfMemory;
  *memory = std::malloc(bytes);
  return Success;
}
__attribute__((visibility("default"))) int cuMemFreeHost(void *memory) {
  std::free(memory);
  return Success;
}

} // extern "C"
} // namespace mpcrt::cuda

//===- Code.cpp - A package's kernels in memory ---------------------------===//
#include "Code.h"
#include "mpcrt/package/Imports.h"
#include <cerrno>
#include <cmath>
#include <cstring>
#include <sys/mman.h>

namespace mpcrt {

namespace {
struct Import {
  std::string_view name;
  void *address;
};
} // namespace

template <typename T> static void *addressOf(T *function) {
  return reinterpret_cast<void *>(function);
}

void *findImport(std::string_view symbol) {
  // What LLVM makes of loops, and of operations that processors lack.
  static const Import imports[] = {
      {"memcpy", addressOf(&std::memcpy)},
      {"memmove", addressOf(&std::memmove)},
      {"memset", addressOf(&std::memset)},
      {"fmodf", addressOf(&::fmodf)},
      {"floorf", addressOf(&::floorf)},
      {"ceilf", addressOf(&::ceilf)},
      {"truncf", addressOf(&::truncf)},
      {"roundf", addressOf(&::roundf)},
      {"rintf", addressOf(&::rintf)},
      {"fmaf", addressOf(&::fmaf)},
      {"fma",
       addressOf(static_cast<double (*)(double, double, double)>(&::fma))}};
  for (const Import &import : imports)
    if (import.name == symbol)
      return import.address;
  return nullptr;
}

static void checkWord(uint64_t offset, uint64_t size, const char *what) {
  if (offset > size || size - offset < sizeof(void *))
    throw FileError(std::string(what) + " at byte " + std::to_string(offset) +
                    " leaves the code of " + std::to_string(size) + " bytes");
}

LoadedCode::LoadedCode(std::string_view bytes, const CodeLayout &layout)
    : layout(layout), size(bytes.size()) {
  if (bytes.empty() && layout.kernels.empty())
    return;
  for (const auto &[name, offset] : layout.kernels)
    checkWord(offset, size, ("kernel '" + name + "'").c_str());
  for (const auto &[symbol, offset] : layout.imports) {
    checkWord(offset, size, "an import");
    if (!findImport(symbol))
      throw FileError("kernels call '" + symbol +
                      "', which this runner does not have");
  }
  for (uint64_t offset : layout.relocations)
    checkWord(offset, size, "a relocation");
  void *mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw FileError(std::string("cannot map the code: ") +
                    std::strerror(errno));
  memory = static_cast<char *>(mapped);
  std::memcpy(memory, bytes.data(), size);
  fillIn();
  if (::mprotect(memory, size, PROT_READ | PROT_EXEC) != 0)
    throw FileError(
        std::string("this system does not let code that was read be run: ") +
        std::strerror(errno));
}

void LoadedCode::fillIn() {
  for (const auto &[symbol, offset] : layout.imports) {
    void *address = findImport(symbol);
    std::memcpy(memory + offset, &address, sizeof address);
  }
  for (uint64_t offset : layout.relocations) {
    uint64_t value = 0;
    std::memcpy(&value, memory + offset, sizeof value);
    value += reinterpret_cast<uint64_t>(memory);
    std::memcpy(memory + offset, &value, sizeof value);
  }
  __builtin___clear_cache(memory, memory + size);
}

LoadedCode::~LoadedCode() {
  if (memory)
    ::munmap(memory, size);
}

mpcrt_kernel LoadedCode::find(const std::string &kernel) const {
  auto it = layout.kernels.find(kernel);
  return it == layout.kernels.end()
             ? nullptr
             : reinterpret_cast<mpcrt_kernel>(memory + it->second);
}

} // namespace mpcrt

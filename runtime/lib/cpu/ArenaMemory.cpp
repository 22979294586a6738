//===- ArenaMemory.cpp - Pages of an arena --------------------------------===//
#include "ArenaMemory.h"
#include "../core/Error.h"
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace mpcrt {

static size_t roundUp(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

ArenaMemory::ArenaMemory(int64_t bytes)
    : size(bytes), pageBytes(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
  constexpr int64_t most = int64_t{1} << 46; // half the address space of x86-64
  if (bytes > most)
    fail(MPCRT_OUT_OF_MEMORY, text("an arena of ", bytes, " bytes"));
  mapped = roundUp(static_cast<size_t>(bytes), pageBytes) + 2 * pageBytes;
  void *pages = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    fail(MPCRT_OUT_OF_MEMORY,
         text("an arena of ", bytes, " bytes: ", std::strerror(errno)));
  auto *first = static_cast<char *>(pages);
  base = first + pageBytes;
  // Best effort: without guards or large pages everything works as well.
  mprotect(first, pageBytes, PROT_NONE);
  mprotect(first + mapped - pageBytes, pageBytes, PROT_NONE);
  madvise(base, mapped - 2 * pageBytes, MADV_HUGEPAGE);
}

ArenaMemory::~ArenaMemory() { munmap(base - pageBytes, mapped); }

void ArenaMemory::setAccessible(bool accessible) const {
  if (mapped == 2 * pageBytes)
    return;
  if (mprotect(base, mapped - 2 * pageBytes,
               accessible ? PROT_READ | PROT_WRITE : PROT_NONE))
    fail(MPCRT_INTERNAL, text("mprotect: ", std::strerror(errno)));
}

} // namespace mpcrt

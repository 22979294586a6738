//===- KernelCache.cpp - entries with a checksum --------------------------===//

#include "KernelCache.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"
#include <dlfcn.h>

using namespace mpc;
using llvm::StringRef;

/// An entry: this, the object's checksum (8 bytes), the object.
static constexpr StringRef kMagic = "mpckobj1";
static constexpr size_t kHeaderBytes = 16;

static uint64_t getChecksum(StringRef object) {
  return llvm::xxh3_64bits(object);
}

std::string KernelCache::getDefaultDirectory() {
  if (const char *own = std::getenv("MPC_CACHE_DIR"))
    return own;
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path))
    return "";
  llvm::sys::path::append(path, "mpc");
  return std::string(path);
}

/// Distinguishes builds of the compiler: the file that this code is in.
static std::string getBuildStamp() {
  Dl_info info;
  llvm::sys::fs::file_status status;
  if (!dladdr(reinterpret_cast<void *>(&getBuildStamp), &info) ||
      llvm::sys::fs::status(info.dli_fname, status))
    return "unknown";
  return llvm::formatv(
      "{0} {1}", status.getSize(),
      status.getLastModificationTime().time_since_epoch().count());
}

std::string KernelCache::getKey(StringRef text) {
  static const std::string stamp = getBuildStamp();
  std::string all = (text + "\n" + stamp).str();
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(all));
  return llvm::formatv("{0:x-16}{1:x-16}", hash.high64, hash.low64);
}

std::string KernelCache::getPath(StringRef key) const {
  llvm::SmallString<128> path(directory);
  llvm::sys::path::append(path, key + ".o");
  return std::string(path);
}

std::unique_ptr<llvm::MemoryBuffer> KernelCache::load(StringRef key) const {
  if (directory.empty())
    return nullptr;
  auto file = llvm::MemoryBuffer::getFile(getPath(key), /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return nullptr;
  StringRef entry = (*file)->getBuffer();
  if (entry.size() <= kHeaderBytes || !entry.starts_with(kMagic))
    return nullptr;
  StringRef object = entry.drop_front(kHeaderBytes);
  if (llvm::support::endian::read64le(entry.data() + kMagic.size()) !=
      getChecksum(object))
    return nullptr;
  // A copy: the object starts at an aligned address, and the file may be
  // replaced.
  return llvm::MemoryBuffer::getMemBufferCopy(object, key);
}

/// Whole or not at all, and never a reason to fail: on a full disk there is no
/// entry. The checksum stands for fsync, which would cost a compilation.
void KernelCache::store(StringRef key, StringRef object) const {
  if (directory.empty() || llvm::sys::fs::create_directories(directory))
    return;
  std::string path = getPath(key);
  llvm::Expected<llvm::sys::fs::TempFile> file =
      llvm::sys::fs::TempFile::create(path + "-%%%%%%%%");
  if (!file)
    return llvm::consumeError(file.takeError());
  char checksum[8];
  llvm::support::endian::write64le(checksum, getChecksum(object));
  llvm::raw_fd_ostream os(file->FD, /*shouldClose=*/false);
  os << kMagic << StringRef(checksum, sizeof(checksum)) << object;
  os.flush();
  bool isWritten = !os.has_error();
  os.clear_error();
  llvm::consumeError(isWritten ? file->keep(path) : file->discard());
}

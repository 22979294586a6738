#include "mpc/Data/AtomicFile.h"
#include "Errors.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

using namespace mpc::data;

static std::string temporaryName(const std::string &target) {
  static std::atomic<unsigned> counter;
  return target + ".tmp-" + std::to_string(::getpid()) + "-" +
         std::to_string(counter++);
}

llvm::Expected<AtomicFile> AtomicFile::create(llvm::StringRef path) {
  AtomicFile file;
  file.target = path.str();
  llvm::SmallString<128> resolved;
  if (!llvm::sys::fs::real_path(path, resolved))
    file.target = resolved.str().str();

  struct stat status;
  bool exists = ::stat(file.target.c_str(), &status) == 0;
  if (path.empty() || (exists && S_ISDIR(status.st_mode)))
    return fail("cannot write '" + path + "': it is " +
                (path.empty() ? "not a path" : "a directory"));
  int flags = O_WRONLY | O_CLOEXEC;
  if (!exists || S_ISREG(status.st_mode)) {
    file.temporary = temporaryName(file.target);
    flags |= O_CREAT | O_EXCL;
  }
  const std::string &opened =
      file.temporary.empty() ? file.target : file.temporary;
  file.descriptor = ::open(opened.c_str(), flags, 0666);
  if (file.descriptor < 0) {
    int code = errno;
    file.temporary.clear();
    return failSystem("write", path, code);
  }
  return file;
}

llvm::Expected<AtomicFile> AtomicFile::join(llvm::StringRef path) {
  AtomicFile file;
  file.target = path.str();
  file.descriptor = ::open(file.target.c_str(), O_WRONLY | O_CLOEXEC);
  if (file.descriptor < 0)
    return failSystem("write", path);
  return file;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept {
  *this = std::move(other);
}

AtomicFile &AtomicFile::operator=(AtomicFile &&other) noexcept {
  if (this == &other)
    return *this;
  discard();
  target = std::move(other.target);
  temporary = std::exchange(other.temporary, {});
  descriptor = std::exchange(other.descriptor, -1);
  end = other.end;
  return *this;
}

static llvm::Error writeAll(int descriptor, const std::string &path,
                            std::optional<uint64_t> offset,
                            llvm::ArrayRef<char> bytes) {
  while (!bytes.empty()) {
    ssize_t put = offset ? ::pwrite(descriptor, bytes.data(), bytes.size(),
                                    static_cast<off_t>(*offset))
                         : ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return failSystem("write", path);
    bytes = bytes.drop_front(put);
    if (offset)
      *offset += put;
  }
  return llvm::Error::success();
}

llvm::Error AtomicFile::append(llvm::StringRef text) {
  llvm::ArrayRef<char> bytes(text.data(), text.size());
  if (temporary.empty()) // a pipe has no positions
    return writeAll(descriptor, target, std::nullopt, bytes);
  uint64_t begin = std::exchange(end, end + bytes.size());
  return writeAll(descriptor, target, begin, bytes);
}

llvm::Error AtomicFile::writeAt(uint64_t offset, llvm::ArrayRef<char> bytes) {
  return writeAll(descriptor, target, offset, bytes);
}

llvm::Error AtomicFile::flush() {
  return ::fsync(descriptor) == 0 ? llvm::Error::success()
                                  : failSystem("write", target);
}

llvm::Error AtomicFile::commit() {
  if (descriptor < 0)
    return fail("cannot write '" + target + "': it is closed already");
  bool synced = temporary.empty() || ::fsync(descriptor) == 0;
  int code = errno;
  // close reports what a network file system could not write.
  if (::close(std::exchange(descriptor, -1)) != 0 && synced) {
    code = errno;
    synced = false;
  }
  if (synced && !temporary.empty() &&
      ::rename(temporary.c_str(), target.c_str()) != 0) {
    code = errno;
    synced = false;
  }
  if (!synced) {
    discard();
    return failSystem("write", target, code);
  }
  if (std::exchange(temporary, {}).empty())
    return llvm::Error::success();
  llvm::StringRef directory = llvm::sys::path::parent_path(target);
  return syncDirectory(directory.empty() ? "." : directory);
}

void AtomicFile::discard() {
  if (descriptor >= 0)
    ::close(std::exchange(descriptor, -1));
  if (!temporary.empty())
    ::unlink(std::exchange(temporary, {}).c_str());
}

llvm::Error mpc::data::writeFileAtomically(llvm::StringRef path,
                                           llvm::StringRef text) {
  llvm::Expected<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->append(text))
    return error;
  return file->commit();
}

llvm::Error mpc::data::syncDirectory(llvm::StringRef path) {
  int descriptor =
      ::open(path.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return failSystem("open directory", path);
  // Some file systems cannot sync directories and say EINVAL.
  bool failed = ::fsync(descriptor) != 0 && errno != EINVAL;
  int code = errno;
  ::close(descriptor);
  return failed ? failSystem("write directory", path, code)
                : llvm::Error::success();
}

//===- File.cpp - Files that are read by position or written whole --------===//
#include "mpcrt/files/File.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace mpcrt {

[[noreturn]] static void failSystem(const char *action,
                                    const std::string &path) {
  throw FileError(std::string("cannot ") + action + " '" + path +
                  "': " + std::strerror(errno));
}

ByteSource::~ByteSource() = default;

InputFile::InputFile(const std::string &path) : path(path) {
  // A fifo without a writer would block for ever.
  descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status;
  if (descriptor < 0)
    failSystem("open", path);
  bool known = ::fstat(descriptor, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    throw FileError("cannot open '" + path + "': it is not a regular file");
  }
  bytes = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor); }

void InputFile::read(uint64_t offset, char *target, size_t count) const {
  while (count) {
    ssize_t got =
        ::pread(descriptor, target, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      failSystem("read", path);
    if (got == 0)
      throw FileError("'" + path + "' was cut to " + std::to_string(offset) +
                      " bytes while it was read");
    target += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<size_t>(got);
  }
}

OutputFile::OutputFile(const std::string &path)
    : path(path), temporary(path + ".tmp-" + std::to_string(::getpid())) {
  struct stat status;
  // A device or a pipe is written directly.
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    temporary = path;
  descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0)
    failSystem("write", path);
}

OutputFile::~OutputFile() {
  if (descriptor < 0)
    return;
  ::close(descriptor);
  if (temporary != path)
    ::unlink(temporary.c_str());
}

void OutputFile::append(std::string_view text) {
  while (!text.empty()) {
    ssize_t done = ::write(descriptor, text.data(), text.size());
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      failSystem("write", path);
    text.remove_prefix(static_cast<size_t>(done));
  }
}

void OutputFile::commit() {
  if (temporary != path && (::fsync(descriptor) != 0 ||
                            std::rename(temporary.c_str(), path.c_str()) != 0))
    failSystem("write", path);
  if (::close(std::exchange(descriptor, -1)) != 0)
    failSystem("write", path);
}

} // namespace mpcrt

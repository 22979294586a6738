#include "mpc/Data/File.h"
#include "Errors.h"
#include <algorithm>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace mpc::data;

File::State::~State() {
  if (descriptor >= 0)
    ::close(descriptor);
}

llvm::Expected<File> File::open(llvm::StringRef path) {
  auto state = std::make_shared<State>();
  state->path = path.str();
  // A fifo without a writer would block for ever.
  state->descriptor =
      ::open(state->path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (state->descriptor < 0)
    return failSystem("open", path);
  struct stat status;
  if (::fstat(state->descriptor, &status) != 0)
    return failSystem("open", path);
  if (!S_ISREG(status.st_mode))
    return fail("cannot open '" + path + "': it is not a regular file");
  state->size = static_cast<uint64_t>(status.st_size);
  return File(std::move(state));
}

llvm::Error File::read(uint64_t offset,
                       llvm::MutableArrayRef<char> target) const {
  if (offset > size() || target.size() > size() - offset)
    return fail("'" + path() + "' has " + llvm::Twine(size()) +
                " bytes, expected at least " + llvm::Twine(target.size()) +
                " from byte " + llvm::Twine(offset) + " on");
  while (!target.empty()) {
    ssize_t got = ::pread(state->descriptor, target.data(), target.size(),
                          static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return failSystem("read", path());
    if (got == 0)
      return fail("'" + path() + "' was cut to " + llvm::Twine(offset) +
                  " bytes while it was read");
    target = target.drop_front(got);
    offset += got;
  }
  return llvm::Error::success();
}

llvm::Expected<std::string> File::readAll(uint64_t limit) const {
  if (size() > limit)
    return fail("'" + path() + "' has " + llvm::Twine(size()) +
                " bytes, expected at most " + llvm::Twine(limit));
  std::string text(size(), '\0');
  if (llvm::Error error =
          read(0, llvm::MutableArrayRef<char>(text.data(), text.size())))
    return error;
  return text;
}

llvm::Expected<File::Mapping> File::map() const {
  if (size() == 0)
    return Mapping{};
  struct stat status;
  if (::fstat(state->descriptor, &status) != 0)
    return failSystem("map", path());
  if (static_cast<uint64_t>(status.st_size) < size())
    return fail("'" + path() + "' was cut from " + llvm::Twine(size()) +
                " to " + llvm::Twine(status.st_size) +
                " bytes after it was opened");
  size_t length = size();
  void *memory =
      ::mmap(nullptr, length, PROT_READ, MAP_SHARED, state->descriptor, 0);
  if (memory == MAP_FAILED)
    return failSystem("map", path());
  std::shared_ptr<const void> keepAlive(memory, [length](const void *pointer) {
    ::munmap(const_cast<void *>(pointer), length);
  });
  return Mapping{{static_cast<const char *>(memory), length}, keepAlive};
}

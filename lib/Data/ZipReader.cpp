#include "Errors.h"
#include "mpc/Data/Zip.h"

using namespace mpc::data;

namespace {
/// A file as the files library reads it.
class Source : public mpcrt::ByteSource {
public:
  explicit Source(const File &file) : file(file) {}
  uint64_t size() const override { return file.size(); }
  void read(uint64_t offset, char *target, size_t count) const override {
    if (llvm::Error error = file.read(offset, {target, count}))
      throw mpcrt::FileError(toString(std::move(error)));
  }

private:
  const File &file;
};
} // namespace

llvm::Expected<std::vector<ZipMember>>
mpc::data::readZipDirectory(const File &file) {
  std::vector<ZipMember> members;
  llvm::Error error =
      catchFileError([&] { members = mpcrt::readZipMembers(Source(file)); });
  if (error)
    return error;
  return members;
}

llvm::Expected<HostArray> mpc::data::readZipMember(const File &file,
                                                   const ZipMember &member) {
  llvm::Expected<HostArray> content =
      HostArray::allocate(ElementType::U8, {static_cast<int64_t>(member.size)});
  if (!content)
    return within("'" + member.name + "'", content.takeError());
  if (llvm::Error error = catchFileError([&] {
        mpcrt::readZipContent(Source(file), member,
                              content->mutableBytes().data());
      }))
    return error;
  return content;
}

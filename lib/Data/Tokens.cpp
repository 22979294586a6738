#include "mpc/Data/Tokens.h"
#include "Errors.h"

using namespace mpc::data;

llvm::Expected<TokenFile> TokenFile::open(llvm::StringRef path,
                                          ElementType type) {
  if (type != ElementType::U8 && type != ElementType::U16 &&
      type != ElementType::U32)
    return fail("token ids of '" + path + "' cannot be " +
                elementTypeName(type) + ", expected u8, u16 or u32");
  llvm::Expected<File> file = File::open(path);
  if (!file)
    return file.takeError();
  size_t width = elementBytes(type);
  if (file->size() == 0 || file->size() % width != 0)
    return fail("token file '" + path + "' has " + llvm::Twine(file->size()) +
                " bytes, expected a multiple of " + llvm::Twine(width) +
                " above 0 for " + elementTypeName(type));
  return TokenFile(std::move(*file), type);
}

llvm::Error TokenFile::read(int64_t begin,
                            llvm::MutableArrayRef<char> raw) const {
  if (begin < 0 || begin > size())
    return fail("token " + llvm::Twine(begin) + " of '" + path() +
                "' does not exist, it has " + llvm::Twine(size()));
  return file.read(begin * elementBytes(elementType), raw);
}

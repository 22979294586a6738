// Long sequences of token ids on disk.
#ifndef MPC_DATA_TOKENS_H
#define MPC_DATA_TOKENS_H

#include "mpc/Data/ElementType.h"
#include "mpc/Data/File.h"

namespace mpc::data {

/// A file that is nothing but token ids: u8 (a text, its bytes), little-endian
/// u16 or u32. Windows are read when they are asked for, so a file may be
/// larger than memory.
class TokenFile {
public:
  /// Errors: another type, an empty file, a size that is no multiple of the
  /// type's.
  static llvm::Expected<TokenFile> open(llvm::StringRef path, ElementType type);

  const std::string &path() const { return file.path(); }
  ElementType type() const { return elementType; }
  int64_t size() const { return file.size() / elementBytes(elementType); }

  /// Tokens [begin, begin + n) in the file's type, where `raw` has n times the
  /// type's bytes; an error where that leaves the file.
  llvm::Error read(int64_t begin, llvm::MutableArrayRef<char> raw) const;

private:
  TokenFile(File file, ElementType type)
      : file(std::move(file)), elementType(type) {}
  File file;
  ElementType elementType;
};

} // namespace mpc::data

#endif // MPC_DATA_TOKENS_H

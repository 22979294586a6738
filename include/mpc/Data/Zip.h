// Zip archives, as .npz files and packages use them, on the files of this
// library.
#ifndef MPC_DATA_ZIP_H
#define MPC_DATA_ZIP_H

#include "mpc/Data/AtomicFile.h"
#include "mpc/Data/File.h"
#include "mpc/Data/HostArray.h"
#include "mpcrt/files/Zip.h"

namespace mpc::data {

using mpcrt::ZipMember;

/// The members, in the order of the central directory, with unique names.
llvm::Expected<std::vector<ZipMember>> readZipDirectory(const File &file);

/// A member's content as u8 [size], its sum checked.
llvm::Expected<HostArray> readZipMember(const File &file,
                                        const ZipMember &member);

/// Writes stored members one after the other.
class ZipWriter {
public:
  /// Sizes and offsets from `zip64From` on are written in zip64's fields.
  explicit ZipWriter(AtomicFile &file, uint64_t zip64From = 0xffffffff);
  /// The member's content is `head` followed by `body`.
  llvm::Error add(llvm::StringRef name, llvm::StringRef head,
                  llvm::StringRef body);
  /// Writes the directory.
  llvm::Error finish();
  /// Bytes written so far.
  uint64_t getSize() const { return writer.getSize(); }

private:
  mpcrt::ZipFileWriter writer;
};

} // namespace mpc::data

#endif // MPC_DATA_ZIP_H

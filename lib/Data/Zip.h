// The part of zip that .npz files use: stored and deflated members, zip64, no
// encryption, one disk.
#ifndef MPC_LIB_DATA_ZIP_H
#define MPC_LIB_DATA_ZIP_H

#include "mpc/Data/AtomicFile.h"
#include "mpc/Data/File.h"
#include "mpc/Data/HostArray.h"
#include <string>
#include <vector>

namespace mpc::data {

struct ZipMember {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t storedSize = 0; ///< bytes in the archive
  uint64_t size = 0;       ///< bytes of content
  uint64_t headerOffset = 0;
};

/// The members, in the order of the central directory, with unique names.
llvm::Expected<std::vector<ZipMember>> readZipDirectory(const File &file);

/// A member's content as u8 [size], its sum checked.
llvm::Expected<HostArray> readZipMember(const File &file,
                                        const ZipMember &member);

/// Writes stored members one after the other.
class ZipWriter {
public:
  /// Sizes and offsets from `zip64From` on are written in zip64's fields.
  explicit ZipWriter(AtomicFile &file, uint64_t zip64From = 0xffffffff)
      : file(file), zip64From(zip64From) {}
  /// The member's content is `head` followed by `body`.
  llvm::Error add(llvm::StringRef name, llvm::StringRef head,
                  llvm::StringRef body);
  /// Writes the directory.
  llvm::Error finish();

private:
  llvm::Error append(llvm::StringRef bytes);

  AtomicFile &file;
  uint64_t zip64From;
  uint64_t end = 0;
  std::vector<ZipMember> members;
};

} // namespace mpc::data

#endif // MPC_LIB_DATA_ZIP_H

//===- Zip.h - Zip archives -------------------------------------*- C++ -*-===//
//
// The part of zip that .npz files and packages use: stored and deflated
// members, zip64, no encryption, one disk.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_FILES_ZIP_H
#define MPCRT_FILES_ZIP_H

#include "mpcrt/files/ElementType.h"
#include <functional>
#include <vector>

namespace mpcrt {

/// Bytes that are read by position.
class ByteSource {
public:
  virtual ~ByteSource();
  virtual uint64_t size() const = 0;
  /// Fills `target`; [offset, offset + count) lies within size().
  virtual void read(uint64_t offset, char *target, size_t count) const = 0;
};

struct ZipMember {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t storedSize = 0; ///< bytes in the archive
  uint64_t size = 0;       ///< bytes of content
  uint64_t headerOffset = 0;
};

/// The members, in the order of the central directory, with unique names.
/// Every member's claim is checked against the file's size: content of `size`
/// bytes fits memory if the file does (a deflated one may be 1032 times its
/// part of the file).
std::vector<ZipMember> readZipMembers(const ByteSource &source);

/// Fills `target`, of the member's `size`, and checks its sum.
void readZipContent(const ByteSource &source, const ZipMember &member,
                    char *target);

/// Writes stored members one after the other.
class ZipFileWriter {
public:
  using Sink = std::function<void(std::string_view)>;
  /// Sizes and offsets from `zip64From` on are written in zip64's fields.
  explicit ZipFileWriter(Sink sink, uint64_t zip64From = 0xffffffff)
      : sink(std::move(sink)), zip64From(zip64From) {}
  /// The member's content is `head` followed by `body`.
  void add(std::string_view name, std::string_view head, std::string_view body);
  /// Writes the directory.
  void finish();
  /// Bytes written so far.
  uint64_t getSize() const { return end; }

private:
  void append(std::string_view bytes);

  Sink sink;
  uint64_t zip64From;
  uint64_t end = 0;
  std::vector<ZipMember> members;
};

} // namespace mpcrt

#endif // MPCRT_FILES_ZIP_H

//===- Package.h - A package on disk ----------------------------*- C++ -*-===//
#ifndef MPCRT_PACKAGE_PACKAGE_H
#define MPCRT_PACKAGE_PACKAGE_H

#include "mpcrt/files/File.h"
#include "mpcrt/package/Manifest.h"

namespace mpcrt {

/// A package whose directory and manifest have been read and checked. Members
/// are read when they are asked for, and their sums checked then.
class Package {
public:
  /// Throws FileError: "package 'F': what, where".
  explicit Package(const std::string &path);

  const std::string &getPath() const { return path; }
  const PackageManifest &getManifest() const { return manifest; }
  uint64_t getSize() const { return file.size(); }

  /// What this machine runs: its target, architecture and processor are
  /// checked. Throws RunFailure where the machine lacks what the target needs.
  const PackagedTarget &chooseTarget() const;
  /// A member's bytes, into memory of exactly its size where that is given.
  std::string read(const std::string &member) const;
  void readInto(const std::string &member, std::span<char> target) const;

  /// An error at a place of this package.
  [[noreturn]] void fail(const std::string &message) const;

private:
  const ZipMember &find(const std::string &member) const;

  std::string path;
  InputFile file;
  std::vector<ZipMember> members;
  PackageManifest manifest;
};

} // namespace mpcrt

#endif // MPCRT_PACKAGE_PACKAGE_H

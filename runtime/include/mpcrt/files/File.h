//===- File.h - Files that are read by position or written whole *- C++ -*-===//
#ifndef MPCRT_FILES_FILE_H
#define MPCRT_FILES_FILE_H

#include "mpcrt/files/Zip.h"

namespace mpcrt {

/// A regular file, open for reading; its size is that of when it was opened.
class InputFile : public ByteSource {
public:
  explicit InputFile(const std::string &path);
  InputFile(const InputFile &) = delete;
  ~InputFile() override;

  uint64_t size() const override { return bytes; }
  void read(uint64_t offset, char *target, size_t count) const override;

private:
  std::string path;
  int descriptor = -1;
  uint64_t bytes = 0;
};

/// Written beside `path`, and renamed by commit(). Without it nothing is left.
class OutputFile {
public:
  explicit OutputFile(const std::string &path);
  OutputFile(const OutputFile &) = delete;
  ~OutputFile();
  void append(std::string_view text);
  void commit();

private:
  std::string path, temporary;
  int descriptor = -1;
};

} // namespace mpcrt

#endif // MPCRT_FILES_FILE_H

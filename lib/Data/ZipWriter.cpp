#include "Errors.h"
#include "mpc/Data/Zip.h"

using namespace mpc::data;

ZipWriter::ZipWriter(AtomicFile &file, uint64_t zip64From)
    : writer(
          [&file](std::string_view bytes) {
            if (llvm::Error error = file.append(bytes))
              throw mpcrt::FileError(toString(std::move(error)));
          },
          zip64From) {}

llvm::Error ZipWriter::add(llvm::StringRef name, llvm::StringRef head,
                           llvm::StringRef body) {
  return catchFileError([&] { writer.add(name, head, body); });
}

llvm::Error ZipWriter::finish() {
  return catchFileError([&] { writer.finish(); });
}

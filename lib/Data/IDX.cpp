#include "mpc/Data/IDX.h"
#include "Errors.h"
#include "mpc/Data/File.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

using namespace mpc::data;

namespace {
/// A stream of bytes from a plain or a gzipped file; zlib tells which and
/// checks the sums.
class Stream {
public:
  static llvm::Expected<Stream> open(llvm::StringRef path) {
    gzFile file = ::gzopen(path.str().c_str(), "rb");
    if (!file)
      return failSystem("open", path);
    ::gzbuffer(file, 1 << 17);
    return Stream(file);
  }
  Stream(Stream &&other) : file(std::exchange(other.file, nullptr)) {}
  ~Stream() {
    if (file)
      ::gzclose(file);
  }

  llvm::Error read(llvm::MutableArrayRef<char> target) {
    while (!target.empty()) {
      size_t wanted = std::min<size_t>(target.size(), 1 << 30);
      int got = ::gzread(file, target.data(), static_cast<unsigned>(wanted));
      if (got <= 0)
        return problem("the data end too early");
      target = target.drop_front(got);
    }
    return llvm::Error::success();
  }

  /// The read past the end is what makes zlib check the sums.
  llvm::Error expectEnd() {
    char extra;
    if (::gzread(file, &extra, 1) != 0)
      return problem("more data than the header says");
    return problem("");
  }

private:
  explicit Stream(gzFile file) : file(file) {}

  llvm::Error problem(llvm::StringRef otherwise) {
    int code = Z_OK;
    const char *text = ::gzerror(file, &code);
    if (code == Z_ERRNO)
      return fail(std::strerror(errno));
    if (code != Z_OK && code != Z_STREAM_END)
      return fail(text);
    return otherwise.empty() ? llvm::Error::success() : fail(otherwise);
  }

  gzFile file;
};

struct IDXHeader {
  ElementType type;
  Shape shape;
};
} // namespace

static std::optional<ElementType> typeOfCode(uint8_t code) {
  switch (code) {
  case 0x08:
    return ElementType::U8;
  case 0x09:
    return ElementType::I8;
  case 0x0b:
    return ElementType::I16;
  case 0x0c:
    return ElementType::I32;
  case 0x0d:
    return ElementType::F32;
  case 0x0e:
    return ElementType::F64;
  default:
    return std::nullopt;
  }
}

static llvm::Expected<IDXHeader> readHeader(Stream &stream) {
  char magic[4];
  if (llvm::Error error = stream.read(magic))
    return error;
  std::optional<ElementType> type = typeOfCode(magic[2]);
  int rank = magic[3];
  if (magic[0] || magic[1] || !type || rank < 1 || rank > 8)
    return fail("the first four bytes are not 0, 0, a type (8, 9, 11 to 14) "
                "and a rank from 1 to 8");
  IDXHeader header{*type, {}};
  for (int d = 0; d < rank; ++d) {
    char extent[4];
    if (llvm::Error error = stream.read(extent))
      return error;
    header.shape.push_back(llvm::support::endian::read32be(extent));
  }
  return header;
}

/// deflate makes at most 1032 bytes of one.
static llvm::Error checkPlausible(const IDXHeader &header, uint64_t fileSize) {
  llvm::Expected<int64_t> bytes = denseBytes(header.type, header.shape);
  if (!bytes)
    return bytes.takeError();
  if (static_cast<uint64_t>(*bytes) / 1032 <= fileSize)
    return llvm::Error::success();
  return fail("shape " + shapeText(header.shape) + " takes " +
              llvm::Twine(*bytes) + " bytes, which a file of " +
              llvm::Twine(fileSize) + " bytes cannot hold");
}

static void toHostOrder(HostArray &array) {
  size_t width = elementBytes(array.type());
  if (!llvm::sys::IsLittleEndianHost || width == 1)
    return;
  llvm::MutableArrayRef<char> bytes = array.mutableBytes();
  for (size_t i = 0; i < bytes.size(); i += width)
    std::reverse(bytes.begin() + i, bytes.begin() + i + width);
}

static llvm::Expected<HostArray> readStream(Stream &stream, uint64_t fileSize) {
  llvm::Expected<IDXHeader> header = readHeader(stream);
  if (!header)
    return header.takeError();
  if (llvm::Error error = checkPlausible(*header, fileSize))
    return error;
  llvm::Expected<HostArray> array =
      HostArray::allocate(header->type, header->shape);
  if (!array)
    return array;
  if (llvm::Error error = stream.read(array->mutableBytes()))
    return error;
  if (llvm::Error error = stream.expectEnd())
    return error;
  toHostOrder(*array);
  return array;
}

llvm::Expected<HostArray> mpc::data::readIDX(llvm::StringRef path) {
  llvm::Expected<File> file = File::open(path); // a regular file, and its size
  if (!file)
    return file.takeError();
  llvm::Expected<Stream> stream = Stream::open(path);
  if (!stream)
    return stream.takeError();
  llvm::Expected<HostArray> array = readStream(*stream, file->size());
  if (!array)
    return within("IDX file '" + path + "'", array.takeError());
  return array;
}

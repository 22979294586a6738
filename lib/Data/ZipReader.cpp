#include "Errors.h"
#include "Zip.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <zlib.h>

using namespace mpc::data;
using namespace llvm::support::endian;

static constexpr uint64_t largestDirectory = 256 << 20;
static constexpr size_t endRecordBytes = 22, longestComment = 65535;

namespace {
/// Where the central directory lies.
struct Directory {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t members = 0;
};
} // namespace

static llvm::Error readString(const File &file, uint64_t offset, uint64_t size,
                              std::string &text) {
  if (offset > file.size() || size > file.size() - offset)
    return fail("a part of the archive lies outside the file (is it cut "
                "short?)");
  text.resize(size);
  return file.read(offset, {text.data(), text.size()});
}

/// The offset of the end record, which the file's comment may follow.
static llvm::Expected<uint64_t> findEndRecord(const File &file) {
  uint64_t span =
      std::min<uint64_t>(file.size(), endRecordBytes + longestComment);
  std::string tail;
  if (llvm::Error error = readString(file, file.size() - span, span, tail))
    return error;
  for (size_t at = tail.size(); at-- > 0;) {
    llvm::StringRef record = llvm::StringRef(tail).drop_front(at);
    if (record.size() >= endRecordBytes && record.starts_with("PK\5\6") &&
        read16le(record.data() + 20) == record.size() - endRecordBytes)
      return file.size() - span + at;
  }
  return fail("not a zip archive, or cut short");
}

/// zip64 puts a second, wider end record and its locator before the first.
static llvm::Error readWideEndRecord(const File &file, uint64_t endRecord,
                                     Directory &directory) {
  std::string locator, wide;
  if (endRecord < 20)
    return llvm::Error::success();
  if (llvm::Error error = readString(file, endRecord - 20, 20, locator))
    return error;
  if (!llvm::StringRef(locator).starts_with("PK\6\7"))
    return llvm::Error::success();
  uint64_t offset = read64le(locator.data() + 8);
  if (llvm::Error error = readString(file, offset, 56, wide))
    return error;
  if (!llvm::StringRef(wide).starts_with("PK\6\6"))
    return fail("the zip64 end record is damaged");
  directory.members = read64le(wide.data() + 32);
  directory.size = read64le(wide.data() + 40);
  directory.offset = read64le(wide.data() + 48);
  return llvm::Error::success();
}

static llvm::Expected<Directory> findDirectory(const File &file) {
  llvm::Expected<uint64_t> endRecord = findEndRecord(file);
  if (!endRecord)
    return endRecord.takeError();
  std::string record;
  if (llvm::Error error = readString(file, *endRecord, endRecordBytes, record))
    return error;
  Directory directory;
  directory.members = read16le(record.data() + 10);
  directory.size = read32le(record.data() + 12);
  directory.offset = read32le(record.data() + 16);
  if (llvm::Error error = readWideEndRecord(file, *endRecord, directory))
    return error;
  if (directory.offset > *endRecord ||
      directory.size > *endRecord - directory.offset ||
      directory.size > largestDirectory)
    return fail("the directory lies outside the file");
  return directory;
}

/// Takes the values that did not fit 32 bits from the zip64 extra field, which
/// holds exactly those, in this order.
static llvm::Error readWideSizes(llvm::StringRef extra, ZipMember &member) {
  while (extra.size() >= 4) {
    uint16_t id = read16le(extra.data());
    llvm::StringRef field = extra.substr(4, read16le(extra.data() + 2));
    extra = extra.drop_front(
        std::min<size_t>(extra.size(), size_t{4} + read16le(extra.data() + 2)));
    if (id != 1)
      continue;
    for (uint64_t *value :
         {&member.size, &member.storedSize, &member.headerOffset}) {
      if (*value != 0xffffffff)
        continue;
      if (field.size() < 8)
        return fail("'" + member.name + "' has a damaged zip64 field");
      *value = read64le(field.data());
      field = field.drop_front(8);
    }
  }
  return llvm::Error::success();
}

static llvm::Error checkMember(const ZipMember &member, uint16_t flags,
                               uint16_t method) {
  if (flags & 1)
    return fail("'" + member.name + "' is encrypted");
  if (method != 0 && method != 8)
    return fail("'" + member.name + "' has compression method " +
                llvm::Twine(method) + ", expected 0 (stored) or 8 (deflated)");
  if (method == 0 && member.size != member.storedSize)
    return fail("'" + member.name + "' is stored, but its two sizes differ");
  // deflate makes at most 1032 bytes of one.
  if (method == 8 && member.size / 1032 > member.storedSize)
    return fail("'" + member.name + "' claims " + llvm::Twine(member.size) +
                " bytes, which " + llvm::Twine(member.storedSize) +
                " deflated ones cannot hold");
  return llvm::Error::success();
}

/// Reads the entry at the front of `rest`, and drops it.
static llvm::Expected<ZipMember> readEntry(llvm::StringRef &rest) {
  if (rest.size() < 46 || !rest.starts_with("PK\1\2"))
    return fail("the directory is damaged");
  const char *entry = rest.data();
  size_t nameSize = read16le(entry + 28), extraSize = read16le(entry + 30);
  size_t total = 46 + nameSize + extraSize + read16le(entry + 32);
  if (total > rest.size())
    return fail("the directory is damaged");
  ZipMember member;
  member.name = rest.substr(46, nameSize).str();
  member.deflated = read16le(entry + 10) == 8;
  member.crc = read32le(entry + 16);
  member.storedSize = read32le(entry + 20);
  member.size = read32le(entry + 24);
  member.headerOffset = read32le(entry + 42);
  if (llvm::Error error =
          readWideSizes(rest.substr(46 + nameSize, extraSize), member))
    return error;
  if (llvm::Error error =
          checkMember(member, read16le(entry + 8), read16le(entry + 10)))
    return error;
  rest = rest.drop_front(total);
  return member;
}

llvm::Expected<std::vector<ZipMember>>
mpc::data::readZipDirectory(const File &file) {
  llvm::Expected<Directory> directory = findDirectory(file);
  if (!directory)
    return directory.takeError();
  std::string text;
  if (llvm::Error error =
          readString(file, directory->offset, directory->size, text))
    return error;
  std::vector<ZipMember> members;
  llvm::StringSet<> names;
  for (llvm::StringRef rest = text; !rest.empty();) {
    llvm::Expected<ZipMember> member = readEntry(rest);
    if (!member)
      return member.takeError();
    if (!names.insert(member->name).second)
      return fail("'" + member->name + "' stands twice in the archive");
    members.push_back(std::move(*member));
  }
  if (members.size() != directory->members)
    return fail("the archive announces " + llvm::Twine(directory->members) +
                " members and lists " + llvm::Twine(members.size()));
  return members;
}

/// Where the member's bytes begin, behind its own header.
static llvm::Expected<uint64_t> dataOffset(const File &file,
                                           const ZipMember &member) {
  std::string header, name;
  if (llvm::Error error = readString(file, member.headerOffset, 30, header))
    return error;
  uint64_t nameSize = read16le(header.data() + 26);
  if (llvm::Error error =
          readString(file, member.headerOffset + 30, nameSize, name))
    return error;
  if (!llvm::StringRef(header).starts_with("PK\3\4") || name != member.name)
    return fail("the member's header is damaged");
  return member.headerOffset + 30 + nameSize + read16le(header.data() + 28);
}

namespace {
/// One raw deflate stream.
struct Inflater {
  z_stream stream = {};
  bool ready = ::inflateInit2(&stream, -MAX_WBITS) == Z_OK;
  ~Inflater() {
    if (ready)
      ::inflateEnd(&stream);
  }
};
} // namespace

/// zlib counts in 32 bits.
static unsigned piece(uint64_t size) {
  return static_cast<unsigned>(std::min<uint64_t>(size, 1 << 30));
}

static llvm::Error inflateInto(const File &file, uint64_t offset,
                               uint64_t storedSize,
                               llvm::MutableArrayRef<char> target) {
  Inflater inflater;
  if (!inflater.ready)
    return fail("not enough memory to inflate");
  z_stream &stream = inflater.stream;
  std::vector<char> buffer(std::min<uint64_t>(storedSize, 1 << 18));
  stream.next_out = reinterpret_cast<Bytef *>(target.data());
  uint64_t room = target.size();
  int code = Z_OK;
  while (code == Z_OK) {
    if (stream.avail_in == 0) {
      uint64_t size = std::min<uint64_t>(storedSize, buffer.size());
      if (llvm::Error error = file.read(offset, {buffer.data(), size}))
        return error;
      offset += size;
      storedSize -= size;
      stream.next_in = reinterpret_cast<Bytef *>(buffer.data());
      stream.avail_in = static_cast<unsigned>(size);
    }
    unsigned before = stream.avail_out = piece(room);
    code = ::inflate(&stream, Z_NO_FLUSH);
    room -= before - stream.avail_out;
  }
  if (code != Z_STREAM_END || room || storedSize || stream.avail_in)
    return fail("the deflated data are damaged");
  return llvm::Error::success();
}

static uint32_t sumOf(llvm::ArrayRef<char> bytes) {
  return static_cast<uint32_t>(::crc32_z(
      0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

static llvm::Expected<HostArray> readContent(const File &file,
                                             const ZipMember &member) {
  llvm::Expected<uint64_t> offset = dataOffset(file, member);
  if (!offset)
    return offset.takeError();
  if (*offset > file.size() || member.storedSize > file.size() - *offset)
    return fail("its data lie outside the file");
  llvm::Expected<HostArray> content =
      HostArray::allocate(ElementType::U8, {static_cast<int64_t>(member.size)});
  if (!content)
    return content;
  llvm::MutableArrayRef<char> bytes = content->mutableBytes();
  if (llvm::Error error =
          member.deflated ? inflateInto(file, *offset, member.storedSize, bytes)
                          : file.read(*offset, bytes))
    return error;
  if (sumOf(bytes) != member.crc)
    return fail("its checksum differs: the data are damaged");
  return content;
}

llvm::Expected<HostArray> mpc::data::readZipMember(const File &file,
                                                   const ZipMember &member) {
  llvm::Expected<HostArray> content = readContent(file, member);
  if (!content)
    return within("'" + member.name + "'", content.takeError());
  return content;
}

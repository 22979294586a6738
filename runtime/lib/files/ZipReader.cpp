//===- ZipReader.cpp - Zip archives, read ---------------------------------===//
#include "LittleEndian.h"
#include "mpcrt/files/Zip.h"
#include <algorithm>
#include <unordered_set>
#include <zlib.h>

namespace mpcrt {

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

static std::string readString(const ByteSource &file, uint64_t offset,
                              uint64_t size) {
  if (offset > file.size() || size > file.size() - offset)
    throw FileError(
        "a part of the archive lies outside the file (is it cut short?)");
  std::string text(size, '\0');
  file.read(offset, text.data(), size);
  return text;
}

/// The offset of the end record, which the file's comment may follow.
static uint64_t findEndRecord(const ByteSource &file) {
  uint64_t span =
      std::min<uint64_t>(file.size(), endRecordBytes + longestComment);
  std::string tail = readString(file, file.size() - span, span);
  for (size_t at = tail.size(); at-- > 0;) {
    std::string_view record = std::string_view(tail).substr(at);
    if (record.size() >= endRecordBytes && record.starts_with("PK\5\6") &&
        read16(record.data() + 20) == record.size() - endRecordBytes)
      return file.size() - span + at;
  }
  throw FileError("not a zip archive, or cut short");
}

/// zip64 puts a second, wider end record and its locator before the first.
static void readWideEndRecord(const ByteSource &file, uint64_t endRecord,
                              Directory &directory) {
  if (endRecord < 20)
    return;
  std::string locator = readString(file, endRecord - 20, 20);
  if (!locator.starts_with("PK\6\7"))
    return;
  std::string wide = readString(file, read64(locator.data() + 8), 56);
  if (!wide.starts_with("PK\6\6"))
    throw FileError("the zip64 end record is damaged");
  directory.members = read64(wide.data() + 32);
  directory.size = read64(wide.data() + 40);
  directory.offset = read64(wide.data() + 48);
}

static Directory findDirectory(const ByteSource &file) {
  uint64_t endRecord = findEndRecord(file);
  std::string record = readString(file, endRecord, endRecordBytes);
  Directory directory;
  directory.members = read16(record.data() + 10);
  directory.size = read32(record.data() + 12);
  directory.offset = read32(record.data() + 16);
  readWideEndRecord(file, endRecord, directory);
  if (directory.offset > endRecord ||
      directory.size > endRecord - directory.offset ||
      directory.size > largestDirectory)
    throw FileError("the directory lies outside the file");
  return directory;
}

/// Takes the values that did not fit 32 bits from the zip64 extra field, which
/// holds exactly those, in this order.
static void readWideSizes(std::string_view extra, ZipMember &member) {
  while (extra.size() >= 4) {
    uint16_t id = read16(extra.data());
    size_t length = read16(extra.data() + 2);
    std::string_view field = extra.substr(4, length);
    extra.remove_prefix(std::min(extra.size(), 4 + length));
    if (id != 1)
      continue;
    for (uint64_t *value :
         {&member.size, &member.storedSize, &member.headerOffset}) {
      if (*value != 0xffffffff)
        continue;
      if (field.size() < 8)
        throw FileError("'" + member.name + "' has a damaged zip64 field");
      *value = read64(field.data());
      field.remove_prefix(8);
    }
  }
}

static void checkMember(const ZipMember &member, uint16_t flags,
                        uint16_t method) {
  if (flags & 1)
    throw FileError("'" + member.name + "' is encrypted");
  if (method != 0 && method != 8)
    throw FileError("'" + member.name + "' has compression method " +
                    std::to_string(method) +
                    ", expected 0 (stored) or 8 (deflated)");
  if (method == 0 && member.size != member.storedSize)
    throw FileError("'" + member.name +
                    "' is stored, but its two sizes differ");
  // deflate makes at most 1032 bytes of one.
  if (method == 8 && member.size / 1032 > member.storedSize)
    throw FileError("'" + member.name + "' claims " +
                    std::to_string(member.size) + " bytes, which " +
                    std::to_string(member.storedSize) +
                    " deflated ones cannot hold");
}

/// Reads the entry at the front of `rest`, and drops it.
static ZipMember readEntry(std::string_view &rest) {
  if (rest.size() < 46 || !rest.starts_with("PK\1\2"))
    throw FileError("the directory is damaged");
  const char *entry = rest.data();
  size_t nameSize = read16(entry + 28), extraSize = read16(entry + 30);
  size_t total = 46 + nameSize + extraSize + read16(entry + 32);
  if (total > rest.size())
    throw FileError("the directory is damaged");
  ZipMember member;
  member.name = rest.substr(46, nameSize);
  member.deflated = read16(entry + 10) == 8;
  member.crc = read32(entry + 16);
  member.storedSize = read32(entry + 20);
  member.size = read32(entry + 24);
  member.headerOffset = read32(entry + 42);
  readWideSizes(rest.substr(46 + nameSize, extraSize), member);
  checkMember(member, read16(entry + 8), read16(entry + 10));
  rest.remove_prefix(total);
  return member;
}

std::vector<ZipMember> readZipMembers(const ByteSource &file) {
  Directory directory = findDirectory(file);
  std::string text = readString(file, directory.offset, directory.size);
  std::vector<ZipMember> members;
  std::unordered_set<std::string> names;
  for (std::string_view rest = text; !rest.empty();) {
    ZipMember member = readEntry(rest);
    if (!names.insert(member.name).second)
      throw FileError("'" + member.name + "' stands twice in the archive");
    if (member.storedSize > file.size())
      throw FileError("'" + member.name + "' lies outside the file");
    members.push_back(std::move(member));
  }
  if (members.size() != directory.members)
    throw FileError("the archive announces " +
                    std::to_string(directory.members) + " members and lists " +
                    std::to_string(members.size()));
  return members;
}

/// Where the member's bytes begin, behind its own header.
static uint64_t findContent(const ByteSource &file, const ZipMember &member) {
  std::string header = readString(file, member.headerOffset, 30);
  uint64_t nameSize = read16(header.data() + 26);
  std::string name = readString(file, member.headerOffset + 30, nameSize);
  if (!header.starts_with("PK\3\4") || name != member.name)
    throw FileError("the member's header is damaged");
  uint64_t offset =
      member.headerOffset + 30 + nameSize + read16(header.data() + 28);
  if (offset > file.size() || member.storedSize > file.size() - offset)
    throw FileError("its data lie outside the file");
  return offset;
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

static void inflateInto(const ByteSource &file, uint64_t offset,
                        uint64_t storedSize, char *target, uint64_t room) {
  Inflater inflater;
  if (!inflater.ready)
    throw FileError("not enough memory to inflate");
  z_stream &stream = inflater.stream;
  std::vector<char> buffer(std::min<uint64_t>(storedSize, 1 << 18));
  stream.next_out = reinterpret_cast<Bytef *>(target);
  int code = Z_OK;
  while (code == Z_OK) {
    if (stream.avail_in == 0) {
      uint64_t size = std::min<uint64_t>(storedSize, buffer.size());
      file.read(offset, buffer.data(), size);
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
    throw FileError("the deflated data are damaged");
}

static void readChecked(const ByteSource &file, const ZipMember &member,
                        char *target) {
  uint64_t offset = findContent(file, member);
  if (member.deflated)
    inflateInto(file, offset, member.storedSize, target, member.size);
  else
    file.read(offset, target, member.size);
  uint32_t sum = static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef *>(target), member.size));
  if (sum != member.crc)
    throw FileError("its checksum differs: the data are damaged");
}

void readZipContent(const ByteSource &file, const ZipMember &member,
                    char *target) {
  try {
    readChecked(file, member, target);
  } catch (const FileError &error) {
    throw FileError("'" + member.name + "': " + error.what());
  }
}

} // namespace mpcrt

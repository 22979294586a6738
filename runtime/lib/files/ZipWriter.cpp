//===- ZipWriter.cpp - Zip archives, written ------------------------------===//
#include "LittleEndian.h"
#include "mpcrt/files/Zip.h"
#include <algorithm>
#include <zlib.h>

namespace mpcrt {

namespace {
/// A record of little-endian fields.
class Record {
public:
  explicit Record(std::string_view signature) : bytes(signature) {}
  Record &u16(uint64_t value) { return field(value, 2); }
  Record &u32(uint64_t value) { return field(value, 4); }
  Record &u64(uint64_t value) { return field(value, 8); }
  Record &text(std::string_view value) {
    bytes += value;
    return *this;
  }
  std::string bytes;

private:
  Record &field(uint64_t value, int width) {
    appendLittle(bytes, value, width);
    return *this;
  }
};
} // namespace

static constexpr uint64_t in64 = 0xffffffff; ///< "see the zip64 field"
static constexpr unsigned plainVersion = 20, zip64Version = 45;
static constexpr unsigned utf8Names = 1 << 11;
/// Equal content gives equal files: no clock, 1980-01-01 is zip's zero.
static constexpr unsigned time0 = 0, date0 = 1 << 5 | 1;

void ZipFileWriter::append(std::string_view bytes) {
  end += bytes.size();
  sink(bytes);
}

static std::string localHeader(const ZipMember &member, bool wide) {
  Record extra("");
  if (wide)
    extra.u16(1).u16(16).u64(member.size).u64(member.size);
  uint64_t size = wide ? in64 : member.size;
  return Record("PK\3\4")
      .u16(wide ? zip64Version : plainVersion)
      .u16(utf8Names)
      .u16(0)
      .u16(time0)
      .u16(date0)
      .u32(member.crc)
      .u32(size)
      .u32(size)
      .u16(member.name.size())
      .u16(extra.bytes.size())
      .text(member.name)
      .text(extra.bytes)
      .bytes;
}

static std::string directoryEntry(const ZipMember &member, bool wideSize,
                                  bool wideOffset) {
  Record fields("");
  if (wideSize)
    fields.u64(member.size).u64(member.size);
  if (wideOffset)
    fields.u64(member.headerOffset);
  Record extra("");
  if (!fields.bytes.empty())
    extra.u16(1).u16(fields.bytes.size()).text(fields.bytes);
  unsigned version = extra.bytes.empty() ? plainVersion : zip64Version;
  uint64_t size = wideSize ? in64 : member.size;
  return Record("PK\1\2")
      .u16(version)
      .u16(version)
      .u16(utf8Names)
      .u16(0)
      .u16(time0)
      .u16(date0)
      .u32(member.crc)
      .u32(size)
      .u32(size)
      .u16(member.name.size())
      .u16(extra.bytes.size())
      .u16(0) // comment
      .u16(0) // disk
      .u16(0) // internal attributes
      .u32(0) // external attributes
      .u32(wideOffset ? in64 : member.headerOffset)
      .text(member.name)
      .text(extra.bytes)
      .bytes;
}

void ZipFileWriter::add(std::string_view name, std::string_view head,
                        std::string_view body) {
  if (name.size() > 0xffff)
    throw FileError("a name of " + std::to_string(name.size()) + " bytes");
  auto sum = [](uint32_t start, std::string_view text) {
    return static_cast<uint32_t>(::crc32_z(
        start, reinterpret_cast<const Bytef *>(text.data()), text.size()));
  };
  ZipMember member;
  member.name = name;
  member.size = member.storedSize = head.size() + body.size();
  member.crc = body.empty() ? sum(0, head) : sum(sum(0, head), body);
  member.headerOffset = end;
  members.push_back(member);
  std::string header = localHeader(member, member.size >= zip64From);
  for (std::string_view part : {std::string_view(header), head, body})
    append(part);
}

void ZipFileWriter::finish() {
  uint64_t begin = end;
  for (const ZipMember &member : members)
    append(directoryEntry(member, member.size >= zip64From,
                          member.headerOffset >= zip64From));
  uint64_t size = end - begin, wideEnd = end;
  bool wide = begin >= zip64From || size >= zip64From ||
              members.size() >= std::min<uint64_t>(zip64From, 0xffff);
  if (wide) {
    Record record("PK\6\6");
    record.u64(44).u16(zip64Version).u16(zip64Version).u32(0).u32(0);
    record.u64(members.size()).u64(members.size()).u64(size).u64(begin);
    record.text("PK\6\7").u32(0).u64(wideEnd).u32(1);
    append(record.bytes);
  }
  uint64_t count = wide ? 0xffff : members.size();
  append(Record("PK\5\6")
             .u16(0)
             .u16(0)
             .u16(count)
             .u16(count)
             .u32(wide ? in64 : size)
             .u32(wide ? in64 : begin)
             .u16(0)
             .bytes);
}

} // namespace mpcrt

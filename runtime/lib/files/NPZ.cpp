//===- NPZ.cpp - Archives of arrays ---------------------------------------===//
#include "mpcrt/files/File.h"
#include "mpcrt/files/NPY.h"
#include <cstring>

namespace mpcrt {

std::string printShape(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::optional<int64_t> countElements(std::span<const int64_t> shape) {
  int64_t count = 1;
  bool overflows = false;
  for (int64_t extent : shape) {
    if (extent == 0)
      return 0;
    overflows |= extent < 0 || __builtin_mul_overflow(count, extent, &count);
  }
  if (overflows)
    return std::nullopt;
  return count;
}

void copyRowMajor(std::span<const int64_t> shape, size_t width,
                  const char *columns, char *target) {
  int64_t count = countElements(shape).value_or(0);
  std::vector<int64_t> strides(shape.size(), 1), position(shape.size(), 0);
  for (size_t d = 1; d < shape.size() && count; ++d)
    strides[d] = strides[d - 1] * shape[d - 1];
  int64_t from = 0;
  for (int64_t to = 0; to < count; ++to) {
    std::memcpy(target + to * width, columns + from * width, width);
    for (size_t d = shape.size(); d-- > 0;) {
      from += strides[d];
      if (++position[d] < shape[d])
        break;
      from -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
}

static Array parseArray(std::string name, std::string content) {
  ArrayHeader header = parseArrayHeader(content);
  Array array{std::move(name), header.type, header.shape, {}};
  auto count = countElements(header.shape);
  size_t found = content.size() - header.dataOffset;
  size_t width = elementBytes(header.type);
  if (!count || static_cast<uint64_t>(*count) != found / width || found % width)
    throw FileError("shape " + printShape(header.shape) + " of " +
                    typeName(header.type) + " does not fit " +
                    std::to_string(found) + " bytes");
  if (!header.fortranOrder) {
    array.bytes = std::move(content);
    array.bytes.erase(0, header.dataOffset);
    return array;
  }
  array.bytes.resize(found);
  copyRowMajor(header.shape, width, content.data() + header.dataOffset,
               array.bytes.data());
  return array;
}

static Array readArray(const ByteSource &file, const ZipMember &member) {
  if (!member.name.ends_with(".npy") || member.name.size() == 4)
    throw FileError("'" + member.name + "' is not a .npy file");
  std::string content(member.size, '\0');
  readZipContent(file, member, content.data());
  std::string name = member.name.substr(0, member.name.size() - 4);
  try {
    return parseArray(name, std::move(content));
  } catch (const FileError &error) {
    throw FileError("'" + name + "': " + error.what());
  }
}

std::vector<Array> readArrays(const std::string &path) {
  InputFile file(path);
  try {
    std::vector<Array> arrays;
    for (const ZipMember &member : readZipMembers(file))
      arrays.push_back(readArray(file, member));
    return arrays;
  } catch (const FileError &error) {
    throw FileError("NPZ file '" + path + "': " + error.what());
  }
}

void writeArrays(const std::string &path, const std::vector<Array> &arrays) {
  OutputFile file(path);
  ZipFileWriter zip([&](std::string_view bytes) { file.append(bytes); });
  for (const Array &array : arrays) {
    bool isNarrow = array.type == ElementType::BF16;
    ElementType type = isNarrow ? ElementType::F32 : array.type;
    std::string bytes = array.bytes;
    if (isNarrow) { // NumPy has no bf16; f32 holds all its values.
      bytes.resize(2 * array.bytes.size());
      convert(array.type, array.bytes.data(), type, bytes.data(),
              static_cast<int64_t>(array.bytes.size() / 2));
    }
    zip.add(array.name + ".npy", writeArrayHeader(type, array.shape), bytes);
  }
  zip.finish();
  file.commit();
}

} // namespace mpcrt

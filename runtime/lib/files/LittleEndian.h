//===- LittleEndian.h - Numbers in files ------------------------*- C++ -*-===//
#ifndef MPCRT_FILES_LITTLEENDIAN_H
#define MPCRT_FILES_LITTLEENDIAN_H

#include <cstdint>
#include <string>

namespace mpcrt {

template <typename T> T readLittle(const char *bytes) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;)
    value = static_cast<T>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}
inline uint16_t read16(const char *bytes) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) |
                               static_cast<unsigned char>(bytes[1]) << 8);
}
inline uint32_t read32(const char *bytes) {
  return readLittle<uint32_t>(bytes);
}
inline uint64_t read64(const char *bytes) {
  return readLittle<uint64_t>(bytes);
}

inline void appendLittle(std::string &text, uint64_t value, int width) {
  for (int i = 0; i < width; ++i)
    text += static_cast<char>(value >> 8 * i);
}

} // namespace mpcrt

#endif // MPCRT_FILES_LITTLEENDIAN_H

//===- ElementType.h - What an array's elements are -------------*- C++ -*-===//
//
// The files library reads and writes what host programs exchange: arrays in
// .npy and .npz files, zip archives. It needs zlib and nothing else; compiler
// and runner share it. Its errors are FileError.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_FILES_ELEMENTTYPE_H
#define MPCRT_FILES_ELEMENTTYPE_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace mpcrt {

/// Bad or unreadable files; the message is lower-case and quotes names.
class FileError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The executable's element types (f32 f64 i64 i32 i8 u8 i1 bf16 f16) and
/// those that only files have (i16 u16 u32 u64). i1 takes one byte: 0 or 1.
enum class ElementType : uint8_t {
  F64,
  F32,
  F16,
  BF16,
  I64,
  I32,
  I16,
  I8,
  U64,
  U32,
  U16,
  U8,
  I1
};

/// Bytes of one element, 1 to 8.
size_t elementBytes(ElementType type);
/// F64, F32, F16 or BF16.
bool isFloat(ElementType type);

/// "f32", "bf16", "i1", ...: the spelling of manifests and of the dialect.
const char *typeName(ElementType type);
/// The inverse of typeName; nothing for other names.
std::optional<ElementType> typeNamed(std::string_view name);

/// Converts `count` elements at `source` (any alignment) to `target`, which
/// must not overlap it. Floats are rounded to nearest even and may become
/// infinite; integers and i1 must hold the exact value: -1 -> u8 is an error
/// that names the element.
void convert(ElementType from, const char *source, ElementType to, char *target,
             int64_t count);

} // namespace mpcrt

#endif // MPCRT_FILES_ELEMENTTYPE_H

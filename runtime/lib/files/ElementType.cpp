//===- ElementType.cpp - What an array's elements are ---------------------===//
#include "mpcrt/files/ElementType.h"
#include <iterator>

namespace mpcrt {

namespace {
struct TypeRow {
  ElementType type;
  const char *name;
  size_t bytes;
};
} // namespace

static constexpr TypeRow typeRows[] = {
    {ElementType::F64, "f64", 8}, {ElementType::F32, "f32", 4},
    {ElementType::F16, "f16", 2}, {ElementType::BF16, "bf16", 2},
    {ElementType::I64, "i64", 8}, {ElementType::I32, "i32", 4},
    {ElementType::I16, "i16", 2}, {ElementType::I8, "i8", 1},
    {ElementType::U64, "u64", 8}, {ElementType::U32, "u32", 4},
    {ElementType::U16, "u16", 2}, {ElementType::U8, "u8", 1},
    {ElementType::I1, "i1", 1}};

static const TypeRow &rowOf(ElementType type) {
  return typeRows[static_cast<size_t>(type)];
}

static constexpr bool rowsFollowTheEnum() {
  for (size_t i = 0; i < std::size(typeRows); ++i)
    if (typeRows[i].type != static_cast<ElementType>(i))
      return false;
  return true;
}
static_assert(rowsFollowTheEnum());

size_t elementBytes(ElementType type) { return rowOf(type).bytes; }
bool isFloat(ElementType type) { return type <= ElementType::BF16; }
const char *typeName(ElementType type) { return rowOf(type).name; }

std::optional<ElementType> typeNamed(std::string_view name) {
  for (const TypeRow &row : typeRows)
    if (name == row.name)
      return row.type;
  return std::nullopt;
}

} // namespace mpcrt

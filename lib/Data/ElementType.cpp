#include "mpc/Data/ElementType.h"
#include "Errors.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mpc::data;

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

size_t mpc::data::elementBytes(ElementType type) { return rowOf(type).bytes; }

llvm::StringRef mpc::data::elementTypeName(ElementType type) {
  return rowOf(type).name;
}

std::optional<ElementType> mpc::data::elementTypeNamed(llvm::StringRef name) {
  for (const TypeRow &row : typeRows)
    if (name == row.name)
      return row.type;
  return std::nullopt;
}

bool mpc::data::isFloat(ElementType type) { return type <= ElementType::BF16; }

llvm::Expected<int64_t> mpc::data::elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  bool overflow = false, empty = false;
  for (int64_t extent : shape) {
    if (extent < 0)
      return fail("shape " + shapeText(shape) + " has a negative extent");
    empty |= extent == 0;
    overflow |= llvm::MulOverflow(count, extent, count) != 0;
  }
  if (overflow && !empty)
    return fail("shape " + shapeText(shape) + " has more than 2^63 elements");
  return empty ? 0 : count;
}

llvm::Expected<int64_t> mpc::data::denseBytes(ElementType type,
                                              llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<int64_t> count = elementCount(shape);
  if (!count)
    return count.takeError();
  int64_t bytes = 0;
  if (llvm::MulOverflow(*count, static_cast<int64_t>(elementBytes(type)),
                        bytes))
    return fail("an array of shape " + shapeText(shape) + " and type " +
                elementTypeName(type) + " has more than 2^63 bytes");
  return bytes;
}

std::string mpc::data::shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

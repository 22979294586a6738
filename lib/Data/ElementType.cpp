#include "mpc/Data/ElementType.h"
#include "Errors.h"
#include "llvm/Support/MathExtras.h"

using namespace mpc::data;

llvm::StringRef mpc::data::elementTypeName(ElementType type) {
  return mpcrt::typeName(type);
}

std::optional<ElementType> mpc::data::elementTypeNamed(llvm::StringRef name) {
  return mpcrt::typeNamed(name);
}

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

#include "mpc/Data/HostArray.h"
#include "Errors.h"
#include "llvm/Support/MathExtras.h"
#include <cstdlib>

using namespace mpc::data;

static constexpr size_t alignment = 64;
/// Beyond any machine's memory; keeps rounding up free of overflow.
static constexpr int64_t largestArray = int64_t{1} << 48;

llvm::Expected<HostArray> HostArray::allocate(ElementType type,
                                              llvm::ArrayRef<int64_t> shape) {
  llvm::Expected<int64_t> bytes = denseBytes(type, shape);
  if (!bytes)
    return bytes.takeError();
  size_t rounded =
      *bytes > largestArray ? 0 : llvm::alignTo(*bytes + 1, alignment);
  char *memory =
      rounded ? static_cast<char *>(std::aligned_alloc(alignment, rounded))
              : nullptr;
  if (!memory)
    return fail("not enough memory for an array of shape " + shapeText(shape) +
                " and type " + elementTypeName(type) + " (" +
                llvm::Twine(*bytes) + " bytes)");
  std::memset(memory, 0, *bytes);
  HostArray array;
  array.elementType = type;
  array.extents.assign(shape.begin(), shape.end());
  array.start = memory;
  array.size = *bytes;
  array.owner = std::shared_ptr<const void>(memory, [](const void *pointer) {
    std::free(const_cast<void *>(pointer));
  });
  return array;
}

llvm::Expected<HostArray>
HostArray::borrow(ElementType type, llvm::ArrayRef<int64_t> shape,
                  llvm::ArrayRef<char> bytes,
                  std::shared_ptr<const void> keepAlive) {
  llvm::Expected<int64_t> expected = denseBytes(type, shape);
  if (!expected)
    return expected.takeError();
  if (static_cast<uint64_t>(*expected) != bytes.size())
    return fail("shape " + shapeText(shape) + " of " + elementTypeName(type) +
                " takes " + llvm::Twine(*expected) + " bytes, found " +
                llvm::Twine(bytes.size()));
  HostArray array;
  array.elementType = type;
  array.extents.assign(shape.begin(), shape.end());
  array.start = const_cast<char *>(bytes.data());
  array.size = bytes.size();
  array.owner = std::move(keepAlive);
  return array;
}

llvm::Expected<HostArray> HostArray::clone() const {
  llvm::Expected<HostArray> copy = allocate(elementType, extents);
  if (copy && size)
    std::memcpy(copy->start, start, size);
  return copy;
}

llvm::Expected<HostArray> HostArray::convertedTo(ElementType type) const {
  if (type == elementType)
    return *this;
  llvm::Expected<HostArray> converted = allocate(type, extents);
  if (!converted)
    return converted;
  if (llvm::Error error =
          convertElements(elementType, start, type, converted->start, count()))
    return error;
  return converted;
}

llvm::Expected<HostArray>
HostArray::reshaped(llvm::ArrayRef<int64_t> shape) const {
  llvm::Expected<int64_t> wanted = elementCount(shape);
  if (!wanted)
    return wanted.takeError();
  if (*wanted != count())
    return fail("cannot reshape " + shapeText(extents) + " to " +
                shapeText(shape) + ": expected " + llvm::Twine(*wanted) +
                " elements, found " + llvm::Twine(count()));
  HostArray array = *this;
  array.extents.assign(shape.begin(), shape.end());
  return array;
}

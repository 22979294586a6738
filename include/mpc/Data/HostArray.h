// A dense, row-major array in host memory, owned or borrowed.
#ifndef MPC_DATA_HOSTARRAY_H
#define MPC_DATA_HOSTARRAY_H

#include "mpc/Data/Box.h"
#include "mpc/Data/ElementType.h"
#include <memory>

namespace mpc::data {

/// Element type, shape and bytes; bytes().size() == denseBytes(type, shape)
/// always. Copies share the bytes: the last one frees owned memory, and a
/// borrowed array keeps `keepAlive` (a mapping, a buffer) alive.
///
///   auto x = HostArray::allocate(ElementType::F32, {128, 784}); // zeros
///   x->as<float>()[0] = 1;
class HostArray {
public:
  /// f32, shape [0]: no elements.
  HostArray() = default;

  /// Zeros, aligned to 64 bytes. An error for an impossible shape and when
  /// there is not enough memory.
  static llvm::Expected<HostArray> allocate(ElementType type,
                                            llvm::ArrayRef<int64_t> shape);

  /// A view of memory that `keepAlive` owns, or that the caller keeps valid.
  /// An error unless `bytes` has exactly the size of the shape. Memory that is
  /// mapped read-only must not be written through mutableBytes().
  static llvm::Expected<HostArray>
  borrow(ElementType type, llvm::ArrayRef<int64_t> shape,
         llvm::ArrayRef<char> bytes,
         std::shared_ptr<const void> keepAlive = nullptr);

  /// An owned copy of `values`, whose number must be the shape's.
  template <typename T>
  static llvm::Expected<HostArray> of(ElementType type,
                                      llvm::ArrayRef<int64_t> shape,
                                      llvm::ArrayRef<T> values) {
    llvm::ArrayRef<char> bytes(reinterpret_cast<const char *>(values.data()),
                               values.size() * sizeof(T));
    llvm::Expected<HostArray> view = borrow(type, shape, bytes);
    if (!view)
      return view.takeError();
    return view->clone();
  }

  ElementType type() const { return elementType; }
  llvm::ArrayRef<int64_t> shape() const { return extents; }
  int64_t count() const { return size / elementBytes(elementType); }
  llvm::ArrayRef<char> bytes() const { return {start, size}; }
  llvm::MutableArrayRef<char> mutableBytes() { return {start, size}; }

  /// The elements as a C++ type of their size. Borrowed memory may be
  /// unaligned (see isAligned); clone() it first.
  template <typename T> llvm::MutableArrayRef<T> as() {
    return {reinterpret_cast<T *>(start), size / sizeof(T)};
  }
  template <typename T> llvm::ArrayRef<T> as() const {
    return {reinterpret_cast<const T *>(start), size / sizeof(T)};
  }
  bool isAligned() const {
    return reinterpret_cast<uintptr_t>(start) % elementBytes(elementType) == 0;
  }

  /// An owned, aligned copy.
  llvm::Expected<HostArray> clone() const;
  /// This array if it has the type already, else a converted copy; the errors
  /// of convertElements.
  llvm::Expected<HostArray> convertedTo(ElementType type) const;
  /// The same bytes under another shape with as many elements.
  llvm::Expected<HostArray> reshaped(llvm::ArrayRef<int64_t> shape) const;

private:
  ElementType elementType = ElementType::F32;
  Shape extents = {0};
  char *start = nullptr;
  size_t size = 0;
  std::shared_ptr<const void> owner;
};

/// An array as files of several hold it.
struct NamedArray {
  std::string name;
  HostArray array;
};

} // namespace mpc::data

#endif // MPC_DATA_HOSTARRAY_H

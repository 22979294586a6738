//===- Constant.h - numbers that are known at import ------------*- C++ -*-===//
//
// What shape arithmetic and masks are folded in: every float is held as a
// double that its own type can represent, everything else as an int64_t.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_CONSTANT_H
#define MPC_LIB_FRONTEND_ONNX_CONSTANT_H

#include "mpc/Data/HostArray.h"

namespace mpc::onnx_import {

struct Constant {
  data::ElementType type = data::ElementType::I64;
  data::Shape shape;
  /// One of the two has an entry for each element.
  std::vector<double> reals;
  std::vector<int64_t> integers;

  static llvm::Expected<Constant> from(const data::HostArray &array);
  /// A vector of i64.
  static Constant of(llvm::ArrayRef<int64_t> values);
  /// Zeros. The caller has checked the size: see checkSize.
  static Constant zeros(data::ElementType type, llvm::ArrayRef<int64_t> shape);

  bool isFloat() const { return data::isFloat(type); }
  int64_t count() const {
    return static_cast<int64_t>(isFloat() ? reals.size() : integers.size());
  }
  double real(int64_t i) const {
    return isFloat() ? reals[i] : static_cast<double>(integers[i]);
  }
  /// Copies one element of a constant of the same type.
  void set(int64_t i, const Constant &from, int64_t j) {
    if (isFloat())
      reals[i] = from.reals[j];
    else
      integers[i] = from.integers[j];
  }
  /// As its type can hold it: rounded, or cut to its width.
  void store(int64_t i, double value);
  void store(int64_t i, int64_t value);

  /// Are all elements equal? NaN is equal to NaN here.
  bool isSplat() const;
  bool areEqual(int64_t i, int64_t j) const;

  llvm::Expected<data::HostArray> toArray() const;
};

/// The elements of `shape`; an error above what folding may take.
llvm::Expected<int64_t> checkSize(llvm::ArrayRef<int64_t> shape);

/// Row-major steps.
data::Shape getStrides(llvm::ArrayRef<int64_t> shape);

/// NumPy's common shape of two.
llvm::Expected<data::Shape> broadcastShapes(llvm::ArrayRef<int64_t> a,
                                            llvm::ArrayRef<int64_t> b);

/// Steps of a tensor of `shape` that is read as `target`: 0 where it repeats.
data::Shape getBroadcastStrides(llvm::ArrayRef<int64_t> shape,
                                llvm::ArrayRef<int64_t> target);

/// The offset of element `index` of `shape` under other steps.
inline int64_t getOffset(int64_t index, llvm::ArrayRef<int64_t> shape,
                         llvm::ArrayRef<int64_t> strides) {
  int64_t offset = 0;
  for (size_t dim = shape.size(); dim-- > 0;) {
    offset += index % shape[dim] * strides[dim];
    index /= shape[dim];
  }
  return offset;
}

/// The same constant with dims of size 1 where all slices are equal:
/// a mask [8, 1, 64, 64] of eight equal samples becomes [1, 1, 64, 64].
Constant dropRepeats(Constant constant);

} // namespace mpc::onnx_import

#endif

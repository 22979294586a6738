//===- ShapeRules.h - ONNX's rules for shapes -------------------*- C++ -*-===//
//
// What Reshape, Slice, Split and others mean by their arguments: the same for
// constants that are folded and for ops that are emitted. Arguments come from
// files; whatever they are, the result lies inside the tensor or is an error.
//
//===----------------------------------------------------------------------===//

#ifndef MPC_LIB_FRONTEND_ONNX_SHAPERULES_H
#define MPC_LIB_FRONTEND_ONNX_SHAPERULES_H

#include "Node.h"

namespace mpc::onnx_import {

using data::Shape;
using Dims = llvm::ArrayRef<int64_t>;

/// [2, 16, 96] by [0, -1, 4, 24]: 0 copies a dim (unless `allowZero`), -1 is
/// what is left.
llvm::Expected<Shape> resolveReshape(Dims from, Dims to, bool allowZero);

/// Without `axes`, all dims of size 1 go.
llvm::Expected<Shape> squeezeShape(Dims shape,
                                   const std::optional<Shape> &axes);
/// Axes are those of the result.
llvm::Expected<Shape> unsqueezeShape(Dims shape, Dims axes);

/// Attribute `perm`; the reverse order where there is none.
llvm::Expected<Shape> getPermutation(const Attributes &attributes, size_t rank);

/// Elements begin, begin + step, ...: `size` of them, all inside the dim.
struct SliceRange {
  int64_t begin = 0, size = 0, step = 1;
};
struct SliceArguments {
  std::optional<Shape> starts, ends, axes, steps;
};
/// One range for each dim.
llvm::Expected<llvm::SmallVector<SliceRange>>
resolveSlice(Dims shape, const SliceArguments &arguments);

/// The sizes of `parts` parts; equal, but the last smaller, where none are
/// given.
llvm::Expected<Shape>
resolveSplit(int64_t size, const std::optional<Shape> &given, size_t parts);

} // namespace mpc::onnx_import

#endif

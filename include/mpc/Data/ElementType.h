// What an array's elements are, how large an array is, and how values of one
// type become values of another.
#ifndef MPC_DATA_ELEMENTTYPE_H
#define MPC_DATA_ELEMENTTYPE_H

#include "mpcrt/files/ElementType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
#include <string>

namespace mpc::data {

using mpcrt::elementBytes;
using mpcrt::ElementType;
using mpcrt::isFloat;

/// "f32", "bf16", "i1", ...: the spelling of manifests and of the dialect.
llvm::StringRef elementTypeName(ElementType type);

/// The inverse of elementTypeName; nothing for other names.
std::optional<ElementType> elementTypeNamed(llvm::StringRef name);

/// Number of elements of a dense array; 1 for rank 0. An error for a negative
/// extent and for a product above 2^63 - 1.
llvm::Expected<int64_t> elementCount(llvm::ArrayRef<int64_t> shape);

/// Bytes of a dense array, with the same checks.
llvm::Expected<int64_t> denseBytes(ElementType type,
                                   llvm::ArrayRef<int64_t> shape);

/// "[2, 3]"; "[]" for rank 0.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Converts `count` elements at `source` (any alignment) to `target`, which
/// must not overlap it. Floats are rounded to nearest even and may become
/// infinite; integers and i1 must hold the exact value, so -1 -> u8,
/// 2^40 -> i32, 0.5 -> i64 and 2 -> i1 are errors naming the element.
///   u8 {0, 255} -> f32 {0.0, 255.0};  u16 {7} -> i64 {7};  f64 {3.0} -> i64
///   {3}
llvm::Error convertElements(ElementType from, const char *source,
                            ElementType to, char *target, int64_t count);

} // namespace mpc::data

#endif // MPC_DATA_ELEMENTTYPE_H

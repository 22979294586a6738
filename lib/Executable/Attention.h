//===- Attention.h - attention as a launch of a library ---------*- C++ -*-===//

#ifndef MPC_LIB_EXECUTABLE_ATTENTION_H
#define MPC_LIB_EXECUTABLE_ATTENTION_H

#include "Views.h"
#include "mpcrt/abi.h"
#include "llvm/ADT/StringRef.h"
#include <nlohmann/json.hpp>

namespace mpc {

/// An operand or a result of an attention, as its launch names it.
struct AttentionTensor {
  /// The manifest's field: its buffer.
  llvm::StringLiteral field;
  mlir::Value value;
  /// Its strides in the description; null for what is dense.
  int64_t (mpcrt_attention_desc::*strides)[4];
};

/// Of flash_attention and its gradient, operands first; empty for other ops.
llvm::SmallVector<AttentionTensor, 9> getAttentionTensors(mlir::Operation *op);
inline bool isAttention(mlir::Operation *op) {
  return !getAttentionTensors(op).empty();
}

/// Of an attention whose tensors are dense.
mpcrt_attention_desc getAttentionDesc(mlir::Operation *op);

/// Whether the library takes a tensor that lies in another one's buffer: rows
/// of a head without gaps, at multiples of 16 bytes.
bool canBeStrided(const AttentionTensor &tensor, const StridedView &view);

/// The fields of the launch, but for those of the tensors.
nlohmann::json toJSON(const mpcrt_attention_desc &desc);

} // namespace mpc

#endif

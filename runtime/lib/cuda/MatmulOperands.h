//===- MatmulOperands.h - What cuBLASLt reads where it lies -----*- C++ -*-===//
//
// Also the compiler's, which plans the memory of copies: nothing of CUDA is
// needed here.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_MATMULOPERANDS_H
#define MPCRT_CUDA_MATMULOPERANDS_H

#include "../cpu/MatmulShape.h"

namespace mpcrt::cuda {

/// Whether one of the last two dimensions is dense and the other jumps over it;
/// of the result (`mustBeRowMajor`) the last one. If not, the library gets a
/// copy.
bool isMatrix(const MatmulOperand &operand, bool mustBeRowMajor);

/// Bytes of a copy in the workspace: copies stand one behind the other.
int64_t copyBytes(const MatmulOperand &operand, int64_t elementBytes);

/// Bytes of all copies of a matmul.
int64_t copiesBytes(const mpcrt_matmul_desc &desc);

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_MATMULOPERANDS_H

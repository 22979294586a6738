//===- MatmulOperands.cpp - What cuBLASLt reads where it lies -------------===//
#include "MatmulOperands.h"
#include "../core/DType.h"

namespace mpcrt::cuda {

static constexpr int64_t copyAlignment = 256;

bool isMatrix(const MatmulOperand &operand, bool mustBeRowMajor) {
  size_t rank = operand.dims.size();
  int64_t rows = operand.dims[rank - 2], columns = operand.dims[rank - 1];
  int64_t rowStride = operand.strides[rank - 2],
          columnStride = operand.strides[rank - 1];
  return (columnStride == 1 && rowStride >= columns) ||
         (rowStride == 1 && columnStride >= rows && !mustBeRowMajor);
}

int64_t copyBytes(const MatmulOperand &operand, int64_t elementBytes) {
  int64_t bytes = elementBytes;
  for (int64_t size : operand.dims)
    bytes *= size;
  return (bytes + copyAlignment - 1) / copyAlignment * copyAlignment;
}

int64_t copiesBytes(const mpcrt_matmul_desc &desc) {
  MatmulShape shape = MatmulShape::normalize(desc);
  int64_t bytes = 0;
  auto add = [&](const MatmulOperand &operand, int32_t dtype, bool isResult) {
    if (!isMatrix(operand, isResult))
      bytes += copyBytes(operand, dtypeBytes(dtype));
  };
  add(shape.a, desc.dtype, false);
  add(shape.b, desc.dtype, false);
  add(shape.c, desc.c_dtype, true);
  return bytes;
}

} // namespace mpcrt::cuda

//===- MatmulShape.cpp - Strides in the form libraries like ---------------===//
#include "MatmulShape.h"
#include <utility>

namespace mpcrt {

bool MatmulOperand::isRowMajor() const { return strides.back() == 1; }

MatmulOperand MatmulOperand::dense() const {
  MatmulOperand result{dims, strides};
  int64_t stride = 1;
  for (size_t i = dims.size(); i-- > 0; stride *= dims[i])
    result.strides[i] = stride;
  return result;
}

namespace {
/// One batch dimension with the strides of the three operands.
struct BatchDim {
  int64_t size, a, b, c;
};
} // namespace

static std::vector<BatchDim> mergeBatch(const mpcrt_matmul_desc &desc) {
  std::vector<BatchDim> merged;
  for (int32_t i = 0; i < desc.batch_rank; ++i) {
    BatchDim dim{desc.batch[i], desc.a_batch[i], desc.b_batch[i],
                 desc.c_batch[i]};
    if (dim.size == 1)
      continue;
    auto follows = [&](int64_t outer, int64_t inner) {
      return outer == inner * dim.size;
    };
    if (!merged.empty() && follows(merged.back().a, dim.a) &&
        follows(merged.back().b, dim.b) && follows(merged.back().c, dim.c)) {
      dim.size *= merged.back().size;
      merged.back() = dim;
    } else {
      merged.push_back(dim);
    }
  }
  return merged;
}

/// The strides of a dimension of size 1 mean nothing; make them those of a
/// row-major tensor, so that libraries recognise the layout.
static MatmulOperand makeOperand(const std::vector<BatchDim> &batch,
                                 int64_t BatchDim::*stride, int64_t rows,
                                 int64_t columns, int64_t rowStride,
                                 int64_t columnStride) {
  if (columns == 1 && rowStride != 1)
    columnStride = 1;
  if (rows == 1)
    rowStride = columnStride == 1 ? columns : 1;
  if (columns == 1 && rowStride == 1)
    columnStride = rows;
  MatmulOperand operand;
  for (const BatchDim &dim : batch) {
    bool broadcast = dim.*stride == 0;
    operand.dims.push_back(broadcast ? 1 : dim.size);
    operand.strides.push_back(broadcast ? rows * columns : dim.*stride);
  }
  operand.dims.insert(operand.dims.end(), {rows, columns});
  operand.strides.insert(operand.strides.end(), {rowStride, columnStride});
  return operand;
}

MatmulShape MatmulShape::normalize(const mpcrt_matmul_desc &d) {
  std::vector<BatchDim> batch = mergeBatch(d);
  MatmulShape shape;
  // A bias belongs to C's columns: with one the product cannot be turned round.
  shape.swapped = d.c_n != 1 && d.c_m == 1 && d.n > 1 && !d.has_bias;
  if (shape.swapped) {
    shape.a = makeOperand(batch, &BatchDim::b, d.n, d.k, d.b_n, d.b_k);
    shape.b = makeOperand(batch, &BatchDim::a, d.k, d.m, d.a_k, d.a_m);
    shape.c = makeOperand(batch, &BatchDim::c, d.n, d.m, d.c_n, d.c_m);
  } else {
    shape.a = makeOperand(batch, &BatchDim::a, d.m, d.k, d.a_m, d.a_k);
    shape.b = makeOperand(batch, &BatchDim::b, d.k, d.n, d.b_k, d.b_n);
    shape.c = makeOperand(batch, &BatchDim::c, d.m, d.n, d.c_m, d.c_n);
  }
  return shape;
}

static MatmulOperand transposed(MatmulOperand operand) {
  auto swapLast = [](std::vector<int64_t> &values) {
    std::swap(values.back(), values[values.size() - 2]);
  };
  swapLast(operand.dims);
  swapLast(operand.strides);
  return operand;
}

MatmulShape MatmulShape::turned() const {
  return {transposed(b), transposed(a), transposed(c), !swapped};
}

} // namespace mpcrt

//===- AttentionWorkspace.cpp - What cuDNN needs beside -------------------===//
#include "AttentionWorkspace.h"
#include "../core/DType.h"
#include <algorithm>

namespace mpcrt::cuda {

/// Counters of kernels that deal tiles out.
static constexpr int64_t someBytes = 64 << 10;
static constexpr int64_t f32Bytes = 4, scoreBytes = 2, alignment = 256;

static int64_t roundUp(int64_t value, int64_t unit) {
  return checkedAdd(value, unit - 1) / unit * unit;
}

int64_t attentionWorkspace(const mpcrt_attention_desc &d) {
  if (!d.gradient)
    return someBytes;
  int64_t heads = checkedMul(d.b, d.h), rows = checkedMul(heads, d.s);
  int64_t sums = checkedMul(rows, f32Bytes);
  int64_t gradQ = checkedMul(rows, checkedMul(d.d, f32Bytes));
  // Of tiles, for the gradient of the scores.
  int64_t scores = checkedMul(checkedMul(heads, scoreBytes),
                              checkedMul(roundUp(d.s, 64), roundUp(d.t, 128)));
  int64_t bytes = checkedAdd(
      sums, scores <= mostScoreBytes ? std::max(scores, gradQ) : gradQ);
  // Each head has gradients of its own before those that share are added up.
  if (d.g != d.h)
    bytes = checkedAdd(bytes,
                       checkedMul(checkedMul(heads, d.t),
                                  checkedMul(checkedAdd(d.d, d.e), f32Bytes)));
  return roundUp(checkedAdd(bytes, someBytes), alignment);
}

} // namespace mpcrt::cuda

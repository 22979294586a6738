//===- AttentionWorkspace.cpp - What cuDNN needs beside -------------------===//
#include "AttentionWorkspace.h"
#include "../core/DType.h"

namespace mpcrt::cuda {

/// Counters of kernels that deal tiles out.
static constexpr int64_t counterBytes = 1024;
static constexpr int64_t f32Bytes = 4, operandBytes = 2, alignment = 256;
/// The scores of a head are stored in whole tiles.
static constexpr int64_t tileRows = 64, tileKeys = 128;

static int64_t roundUp(int64_t value, int64_t unit) {
  return checkedAdd(value, unit - 1) / unit * unit;
}

static int64_t product(std::initializer_list<int64_t> factors) {
  return elementCount({factors.begin(), factors.size()});
}

int64_t attentionWorkspace(const mpcrt_attention_desc &d) {
  if (!d.gradient)
    return counterBytes;
  int64_t sums = product({d.b, d.h, d.s, f32Bytes});
  int64_t scores = product(
      {d.b, d.h, roundUp(d.s, tileRows), roundUp(d.t, tileKeys), operandBytes});
  // Each head has gradients of its own before those that share are added up.
  int64_t heads =
      d.g == d.h ? 0
                 : product({d.b, d.h, d.t, checkedAdd(d.d, d.e), operandBytes});
  int64_t bytes = checkedAdd(checkedAdd(sums, scores), heads);
  return roundUp(checkedAdd(bytes, counterBytes), alignment);
}

} // namespace mpcrt::cuda

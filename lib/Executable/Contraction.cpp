//===- Contraction.cpp - contractions as GEMMs ----------------------------===//

#include "mpc/Executable/LaunchBody.h"
#include "mpc/Fusion/FusedSpace.h"

using namespace mlir;
using namespace mpc;

namespace {
/// One loop of the contraction: size and element strides (0: does not index).
struct Loop {
  int64_t size = 1, a = 0, b = 0, c = 0;
};
} // namespace

/// Strides of the factors of one operand, set in `loops` by `stride`.
/// Dimensions have one factor each, or none.
static void setStrides(const TensorFactors &dims, ArrayRef<int64_t> strides,
                       MutableArrayRef<Loop> loops, int64_t Loop::*stride) {
  for (auto [dim, step] : llvm::zip_equal(dims, strides))
    for (unsigned factor : dim)
      loops[factor].*stride = step;
}

static SmallVector<int64_t> getDenseStrides(Value value) {
  return getRowMajorStrides(cast<RankedTensorType>(value.getType()).getShape());
}

ContractionStrides::ContractionStrides(Operation *contraction)
    : a(getDenseStrides(contraction->getOperand(0))),
      b(getDenseStrides(contraction->getOperand(1))),
      c(getDenseStrides(contraction->getResult(0))) {}

/// Joins loops that step through all operands as one: [B, S] rows of a dense
/// [B, S, K] are B*S rows. Outermost first; returns what cannot be joined.
static SmallVector<Loop> joinLoops(SmallVector<Loop> loops) {
  llvm::sort(loops, [](const Loop &x, const Loop &y) {
    return std::tuple(x.c, x.a, x.b) > std::tuple(y.c, y.a, y.b);
  });
  SmallVector<Loop> joined;
  for (const Loop &loop : loops) {
    if (!joined.empty()) {
      Loop &outer = joined.back();
      auto nests = [&](int64_t Loop::*stride) {
        return outer.*stride == loop.*stride * loop.size;
      };
      if (nests(&Loop::a) && nests(&Loop::b) && nests(&Loop::c)) {
        outer = {outer.size * loop.size, loop.a, loop.b, loop.c};
        continue;
      }
    }
    joined.push_back(loop);
  }
  return joined;
}

/// The largest loop of a group is the GEMM's; the others are batch loops.
static Loop takeLargest(SmallVector<Loop> &group, SmallVector<Loop> &batch) {
  Loop largest;
  auto *it = std::max_element(
      group.begin(), group.end(),
      [](const Loop &x, const Loop &y) { return x.size < y.size; });
  for (auto *loop = group.begin(); loop != group.end(); ++loop) {
    if (loop == it)
      largest = *loop;
    else
      batch.push_back(*loop);
  }
  return largest;
}

/// The library's number of a type it multiplies; none of others.
static std::optional<int32_t> getLibraryType(Value value,
                                             const MatmulLibrary &library) {
  Type element = getElementTypeOrSelf(value);
  if (!element.isF32() && !element.isBF16())
    return std::nullopt;
  int32_t type = element.isF32() ? MPCRT_F32 : MPCRT_BF16;
  return library.hasType(type) ? std::optional(type) : std::nullopt;
}

std::optional<mpcrt_matmul_desc>
mpc::getMatmulDesc(Operation *op, const ContractionStrides &strides,
                   const MatmulLibrary &library) {
  std::optional<int32_t> dtype = getLibraryType(op->getOperand(0), library);
  std::optional<int32_t> resultType = getLibraryType(op->getResult(0), library);
  if (!dtype || !resultType)
    return std::nullopt;
  ShardingRule rule = cast<ShardingRuleOpInterface>(op).getShardingRule();
  SmallVector<Loop> loops(rule.factors.size());
  for (auto [loop, factor] : llvm::zip(loops, rule.factors))
    loop.size = factor.size;
  setStrides(rule.operands[0], strides.a, loops, &Loop::a);
  setStrides(rule.operands[1], strides.b, loops, &Loop::b);
  setStrides(rule.results[0], strides.c, loops, &Loop::c);

  SmallVector<Loop> batch, rows, columns, inner;
  for (const Loop &loop : loops)
    (loop.c == 0   ? inner
     : loop.b == 0 ? rows
     : loop.a == 0 ? columns
                   : batch)
        .push_back(loop);
  rows = joinLoops(rows);
  columns = joinLoops(columns);
  inner = joinLoops(inner);
  if (inner.size() > 1)
    return std::nullopt;
  Loop m = takeLargest(rows, batch), n = takeLargest(columns, batch);
  Loop k = inner.empty() ? Loop() : inner.front();
  batch = joinLoops(batch);
  if (batch.size() > MPCRT_MAX_BATCH)
    return std::nullopt;

  mpcrt_matmul_desc desc = {};
  desc.dtype = *dtype, desc.c_dtype = *resultType;
  desc.batch_rank = batch.size();
  // A size of 1 has any stride; a dense one keeps libraries on their fast path.
  auto dense = [](int64_t stride) { return std::max<int64_t>(stride, 1); };
  desc.m = m.size, desc.n = n.size, desc.k = k.size;
  desc.a_m = m.size == 1 ? k.size * dense(k.a) : m.a;
  desc.a_k = dense(k.a);
  desc.b_k = k.size == 1 ? n.size * dense(n.b) : k.b;
  desc.b_n = dense(n.b);
  desc.c_m = m.size == 1 ? n.size * dense(n.c) : m.c;
  desc.c_n = dense(n.c);
  for (auto [index, loop] : llvm::enumerate(batch)) {
    desc.batch[index] = loop.size;
    desc.a_batch[index] = loop.a;
    desc.b_batch[index] = loop.b;
    desc.c_batch[index] = loop.c;
  }
  return desc;
}

static const char *getName(int32_t dtype) {
  return dtype == MPCRT_F32 ? "f32" : "bf16";
}

nlohmann::json mpc::toJSON(const mpcrt_matmul_desc &desc) {
  auto list = [&](const int64_t *values) {
    return std::vector<int64_t>(values, values + desc.batch_rank);
  };
  return {{"op", "matmul"},
          {"dtype", getName(desc.dtype)},
          {"c_dtype", getName(desc.c_dtype)},
          {"batch", list(desc.batch)},
          {"m", desc.m},
          {"n", desc.n},
          {"k", desc.k},
          {"a_batch", list(desc.a_batch)},
          {"a_m", desc.a_m},
          {"a_k", desc.a_k},
          {"b_batch", list(desc.b_batch)},
          {"b_k", desc.b_k},
          {"b_n", desc.b_n},
          {"c_batch", list(desc.c_batch)},
          {"c_m", desc.c_m},
          {"c_n", desc.c_n},
          {"accumulate", desc.accumulate != 0}};
}

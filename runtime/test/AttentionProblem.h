//===- AttentionProblem.h - Attentions and what they should give *- C++ -*-===//
#ifndef MPCRT_TEST_ATTENTIONPROBLEM_H
#define MPCRT_TEST_ATTENTIONPROBLEM_H

#include "TestSession.h"
#include "core/Attention.h"

namespace mpcrt::test {

struct AttentionSizes {
  int64_t b, s, t, h, g, d, e;
};

/// An attention, or the gradient of one, and the place of each operand: a
/// buffer, by its number, and elements before the first.
struct AttentionProblem {
  mpcrt_attention_desc desc = {};
  std::array<int, attentionRoles> buffers = {};
  std::array<int64_t, attentionRoles> offsets = {};

  /// All operands dense, each in the buffer of its role's number.
  static AttentionProblem dense(const AttentionSizes &sizes, bool isCausal);
  /// Q, K and V are parts of one tensor [B, S, 3, H, D], and so are their
  /// gradients.
  static AttentionProblem packed(int64_t b, int64_t s, int64_t h, int64_t d,
                                 bool isCausal);
  AttentionProblem gradient() const;

  bool has(int role) const { return isAttentionOperand(desc, role); }
  /// Elements of each of the buffers, which are of the attention's type but for
  /// that of the log-sum-exps.
  std::vector<int64_t> bufferElements() const;
  json launch() const;
};

/// Contents of the buffers.
using AttentionValues = std::vector<std::vector<float>>;

/// Random values that bf16 has.
AttentionValues randomValues(const AttentionProblem &problem, uint64_t seed);

/// The definition in double: writes the results among `values`.
void computeAttention(const AttentionProblem &problem, AttentionValues &values);

} // namespace mpcrt::test

#endif // MPCRT_TEST_ATTENTIONPROBLEM_H

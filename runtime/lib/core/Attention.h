//===- Attention.h - The operands of an attention ---------------*- C++ -*-===//
#ifndef MPCRT_CORE_ATTENTION_H
#define MPCRT_CORE_ATTENTION_H

#include "mpcrt/abi.h"
#include <array>

namespace mpcrt {

/// What an operand is; lists of operands are in this order.
enum AttentionRole : int {
  AttentionQ,
  AttentionK,
  AttentionV,
  AttentionO,
  AttentionGradO,
  AttentionGradQ,
  AttentionGradK,
  AttentionGradV,
  AttentionLSE, // after those with strides
  attentionRoles
};

/// The sizes [b, s or t, h or g, d or e] of any operand but the log-sum-exps.
inline std::array<int64_t, 4> attentionSizes(const mpcrt_attention_desc &desc,
                                             int role) {
  bool isOfKeys = role == AttentionK || role == AttentionV ||
                  role == AttentionGradK || role == AttentionGradV;
  bool isValue = role == AttentionV || role == AttentionO ||
                 role == AttentionGradO || role == AttentionGradV;
  return {desc.b, isOfKeys ? desc.t : desc.s, isOfKeys ? desc.g : desc.h,
          isValue ? desc.e : desc.d};
}

using AttentionStrides = int64_t[4];
constexpr AttentionStrides mpcrt_attention_desc::*attentionStrides[] = {
    &mpcrt_attention_desc::q,      &mpcrt_attention_desc::k,
    &mpcrt_attention_desc::v,      &mpcrt_attention_desc::o,
    &mpcrt_attention_desc::grad_o, &mpcrt_attention_desc::grad_q,
    &mpcrt_attention_desc::grad_k, &mpcrt_attention_desc::grad_v};

constexpr const char *attentionNames[] = {
    "q", "k", "v", "o", "grad_o", "grad_q", "grad_k", "grad_v", "lse"};

/// Whether an attention has this operand, and whether it is a result.
inline bool isAttentionOperand(const mpcrt_attention_desc &desc, int role) {
  return role == AttentionLSE ? desc.has_lse
                              : desc.gradient || role <= AttentionO;
}
inline bool isAttentionResult(const mpcrt_attention_desc &desc, int role) {
  if (desc.gradient)
    return role >= AttentionGradQ && role <= AttentionGradV;
  return role == AttentionO || role == AttentionLSE;
}

} // namespace mpcrt

#endif // MPCRT_CORE_ATTENTION_H

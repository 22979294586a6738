/* The contract between compiled code and the runtime. Dependency-free C.
 *
 * A kernel is the compiled form of one fused region. It does the part
 * [begin, end) of its outer parallel loop; the runtime cuts [0, extent) in
 * fixed slices, so that results never depend on timing. Example, y = 2 * x:
 *
 *   void twice(char *const *buffers, const int64_t *scalars, int64_t begin,
 *              int64_t end) {
 *     const float *x = (const float *)buffers[0];
 *     float *y = (float *)buffers[1];
 *     for (int64_t i = begin; i < end; ++i)
 *       y[i] = 2 * x[i];
 *   }
 *
 * A kernel touches only the given buffers (all in the arena of its device),
 * allocates nothing and keeps no state.
 */
#ifndef MPCRT_ABI_H
#define MPCRT_ABI_H

#include <stddef.h>
#include <stdint.h>

/* The manifest's "version"; raised whenever old manifests or kernels would be
 * misread. */
#define MPCRT_ABI_VERSION 1

#ifdef __cplusplus
#define MPCRT_STATIC_ASSERT(condition, text) static_assert(condition, text)
extern "C" {
#else
#define MPCRT_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#endif

typedef void (*mpcrt_kernel)(char *const *buffers, const int64_t *scalars,
                             int64_t begin, int64_t end);

/* Finds a kernel by its symbol: a JIT's symbol table, or a package's code.
 * Returns NULL when there is none. */
typedef mpcrt_kernel (*mpcrt_resolver)(const char *symbol, void *context);

enum {
  MPCRT_F32 = 0,
  MPCRT_F64 = 1,
  MPCRT_I64 = 2,
  MPCRT_I32 = 3,
  MPCRT_I8 = 4,
  MPCRT_U8 = 5,
  MPCRT_I1 = 6, /* one byte, 0 or 1 */
  MPCRT_BF16 = 7,
  MPCRT_F16 = 8,
  MPCRT_DTYPES = 9
};

enum { MPCRT_MAX_BATCH = 8 };

/* What a matmul makes of its sums. gelu is the approximation by tanh. */
enum {
  MPCRT_NO_ACTIVATION = 0,
  MPCRT_RELU = 1,
  MPCRT_GELU = 2,
  MPCRT_GELU_GRADIENT = 3, /* times gelu'(aux) */
  MPCRT_ACTIVATIONS = 4
};

/* C[b, m, n] =
 *   activation(sum over k of A[b, m, k] * B[b, k, n] + C? + bias[n]?).
 * Strides count elements; a batch stride of 0 broadcasts A or B.
 *
 * aux has C's type, shape and strides. gelu stores there what it is applied to,
 * if `has_aux`; its gradient reads it. Then C's rows are dense (c_n is 1), and
 * c_m and c_batch are multiples of 8. A gradient may also sum what it stores in
 * C over the rows: bias_gradient[n], of C's type, without batch.
 *
 *   forward    aux = x W + bias, y = gelu(aux)
 *   backward   dx = (dy V^T) * gelu'(aux), bias_gradient = sum of dx's rows
 */
typedef struct mpcrt_matmul_desc {
  int32_t dtype;      /* of A and B: f32 or bf16 */
  int32_t c_dtype;    /* of C and the bias: the same, or f32 */
  int32_t accumulate; /* 1: add to what C holds */
  int32_t has_bias;
  int32_t activation;
  int32_t has_aux;
  int32_t has_bias_gradient;
  int32_t batch_rank; /* used entries of the four arrays below */
  int64_t m, n, k;
  int64_t a_m, a_k, b_k, b_n, c_m, c_n;
  int64_t batch[MPCRT_MAX_BATCH];
  int64_t a_batch[MPCRT_MAX_BATCH];
  int64_t b_batch[MPCRT_MAX_BATCH];
  int64_t c_batch[MPCRT_MAX_BATCH];
} mpcrt_matmul_desc;

/* Attention of every head at once. With sizes [B, S, H, D] for b, s, h, d:
 *
 *   O[b, s, h, :] = sum over t of P[b, h, s, t] * V[b, t, h', :]
 *   P[b, h, s, :] = softmax over t of scale * (Q[b, s, h, :] . K[b, t, h', :])
 *   LSE[b, h, s] = natural log of the sum over t of exp(scale * (Q . K))
 *
 *   Q [B, S, H, D]   K [B, T, G, D]   V [B, T, G, E]   O [B, S, H, E]
 *   LSE f32 [B, H, S], dense
 *
 * g divides h, and h' = h / (H / G): H / G heads in a row share a key and a
 * value. The gradient reads Q, K, V, O, LSE and dO, and writes dQ, dK and dV.
 * Strides are those of the four dimensions in the order above, and count
 * elements; the last one is 1. Sums are in f32. */
typedef struct mpcrt_attention_desc {
  int32_t dtype;    /* of all but LSE: bf16 or f16 */
  int32_t causal;   /* 1: row s sees the keys t <= s; s and t are equal then */
  int32_t gradient; /* 0: O and LSE from Q, K, V; 1: the gradient */
  int32_t has_lse; /* LSE is written, or read by the gradient, which needs it */
  double scale;
  int64_t b, s, t, h, g, d, e;
  int64_t q[4], k[4], v[4], o[4];
  int64_t grad_o[4], grad_q[4], grad_k[4], grad_v[4]; /* of the gradient */
} mpcrt_attention_desc;

MPCRT_STATIC_ASSERT(sizeof(mpcrt_attention_desc) ==
                        4 * 4 + 8 + 7 * 8 + 8 * 4 * 8,
                    "mpcrt_attention_desc has no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_matmul_desc) == 8 * 4 + 9 * 8 + 4 * 64,
                    "mpcrt_matmul_desc has no padding");
MPCRT_STATIC_ASSERT(sizeof(mpcrt_kernel) == sizeof(void *),
                    "kernels are plain function pointers");

#ifdef __cplusplus
}
#endif

#endif /* MPCRT_ABI_H */

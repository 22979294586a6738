//===- CompilerAPI.cpp - The public calls for the compiler ----------------===//
#include "../cpu/Matmul.h"
#include "../cpu/Team.h"
#include "../cuda/AttentionWorkspace.h"
#include "../cuda/MatmulOperands.h"
#include "Error.h"
#include "Registry.h"
#include "Status.h"

using namespace mpcrt;

static void checkDesc(const mpcrt_matmul_desc &desc) {
  auto known = [](int32_t dtype) { return dtype >= 0 && dtype < MPCRT_DTYPES; };
  if (!known(desc.dtype) || !known(desc.c_dtype))
    fail(MPCRT_INVALID_ARGUMENT, "unknown dtype of a matmul");
  if (desc.activation < 0 || desc.activation >= MPCRT_ACTIVATIONS)
    fail(MPCRT_INVALID_ARGUMENT, "unknown activation of a matmul");
  if (desc.batch_rank < 0 || desc.batch_rank > MPCRT_MAX_BATCH)
    fail(MPCRT_INVALID_ARGUMENT, text("'batch_rank' is ", desc.batch_rank,
                                      ", expected 0 to ", MPCRT_MAX_BATCH));
  bool empty = desc.m < 1 || desc.n < 1 || desc.k < 1;
  for (int32_t i = 0; i < desc.batch_rank; ++i)
    empty |= desc.batch[i] < 1;
  if (empty)
    fail(MPCRT_INVALID_ARGUMENT, "a matmul has a size below 1");
}

mpcrt_status *mpcrt_matmul_workspace(const mpcrt_matmul_desc *desc,
                                     int32_t threads, int64_t *bytes) {
  return guard([&] {
    requireArgument(desc, "desc");
    requireArgument(bytes, "bytes");
    checkDesc(*desc);
    if (threads < 1)
      fail(MPCRT_INVALID_ARGUMENT, text("'threads' is ", threads));
    TeamSize size(threads);
    *bytes = MatmulPlan(*desc).workspaceBytes();
  });
}

mpcrt_status *mpcrt_cuda_matmul_copies(const mpcrt_matmul_desc *desc,
                                       int64_t *bytes) {
  return guard([&] {
    requireArgument(desc, "desc");
    requireArgument(bytes, "bytes");
    checkDesc(*desc);
    *bytes = cuda::copiesBytes(*desc);
  });
}

static void checkDesc(const mpcrt_attention_desc &d) {
  if (d.dtype != MPCRT_BF16 && d.dtype != MPCRT_F16)
    fail(MPCRT_INVALID_ARGUMENT, "an attention is of bf16 or f16");
  for (int64_t size : {d.b, d.s, d.t, d.h, d.g, d.d, d.e})
    if (size < 1)
      fail(MPCRT_INVALID_ARGUMENT, "an attention has a size below 1");
}

mpcrt_status *mpcrt_cuda_attention_workspace(const mpcrt_attention_desc *desc,
                                             int64_t *bytes) {
  return guard([&] {
    requireArgument(desc, "desc");
    requireArgument(bytes, "bytes");
    checkDesc(*desc);
    *bytes = cuda::attentionWorkspace(*desc);
  });
}

mpcrt_status *mpcrt_target_check(const char *target) {
  return guard([&] {
    requireArgument(target, "target");
    if (auto *check = Registry::get().device(target).check)
      check();
  });
}

int32_t mpcrt_matmul_has_type(int32_t dtype) {
  return hasMatmul(dtype) ? 1 : 0;
}

int32_t mpcrt_matmul_has_fast_epilogue(const mpcrt_matmul_desc *desc) {
  return desc && hasFastEpilogue(*desc) ? 1 : 0;
}

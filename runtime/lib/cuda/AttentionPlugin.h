//===- AttentionPlugin.h - What libmpcrt-cudnn.so offers --------*- C++ -*-===//
//
// The CUDA back end and the plugin for cuDNN are two shared objects with C
// between them, so that only one source needs the headers of cuDNN.
//
//===----------------------------------------------------------------------===//
#ifndef MPCRT_CUDA_ATTENTIONPLUGIN_H
#define MPCRT_CUDA_ATTENTIONPLUGIN_H

#include "Types.h"
#include "mpcrt/abi.h"

namespace mpcrt::cuda {

/// Raised whenever a plugin of another build would be misread.
constexpr int attentionPluginVersion = 1;

/// cuDNN for one thread at a time; and one problem, ready to be launched.
using AttentionLibrary = struct AttentionLibraryTag *;
using AttentionPlan = struct AttentionPlanTag *;

/// What a call returns, or 0. A text is in its AttentionError then.
enum : int {
  AttentionFailed = 1,
  AttentionUnsupported = 2, // cuDNN has no such attention on this GPU
  AttentionNoMemory = 3
};
struct AttentionError {
  char text[1024];
};

/// mpcrt_attention_open: `cudnn` is libcudnn.so, loaded; the GPU is that of the
///   calling thread's context.
/// mpcrt_attention_create: plans a problem; a `deterministic` gradient has the
///   same bits every time. The plan needs so many bytes of workspace.
/// mpcrt_attention_run: queues it. Operands are in the order of AttentionRole,
///   at multiples of 16, and null where there is none.
#define MPCRT_ATTENTION_FUNCTIONS(FUNCTION)                                    \
  FUNCTION(mpcrt_attention_open,                                               \
           (int version, void *cudnn, AttentionLibrary *library,               \
            AttentionError *error))                                            \
  FUNCTION(mpcrt_attention_close, (AttentionLibrary library))                  \
  FUNCTION(mpcrt_attention_create,                                             \
           (AttentionLibrary library, const mpcrt_attention_desc *desc,        \
            int deterministic, AttentionPlan *plan, int64_t *workspaceBytes,   \
            AttentionError *error))                                            \
  FUNCTION(mpcrt_attention_destroy, (AttentionPlan plan))                      \
  FUNCTION(mpcrt_attention_run,                                                \
           (AttentionPlan plan, char *const *operands, char *workspace,        \
            Stream stream, AttentionError *error))

/// For those that implement them.
#define MPCRT_DECLARE_ATTENTION(name, parameters)                              \
  extern "C" __attribute__((visibility("default"))) int name parameters;

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_ATTENTIONPLUGIN_H

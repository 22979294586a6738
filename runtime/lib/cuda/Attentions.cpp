//===- Attentions.cpp - Attention by cuDNN --------------------------------===//
#include "Attentions.h"
#include "../core/DType.h"
#include "../core/Error.h"
#include "Libraries.h"
#include <algorithm>
#include <set>

namespace mpcrt::cuda {

/// cuDNN reads vectors of so many bytes.
static constexpr int64_t vectorBytes = 16;

Attentions::Attentions() {
  AttentionError error;
  int status = cudnn().mpcrt_attention_open(attentionPluginVersion,
                                            cudnn().library, &library, &error);
  if (status == AttentionFailed)
    fail(MPCRT_UNSUPPORTED,
         text("attention on target 'cuda' needs cuDNN 9: ", error.text,
              "; compile with --attention=matmuls"));
  checkCudnn(status, error);
}

Attentions::~Attentions() {
  for (const auto &[desc, plan] : plans)
    cudnn().mpcrt_attention_destroy(plan);
  cudnn().mpcrt_attention_close(library);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

[[noreturn]] static void refuse(const mpcrt_attention_desc &d,
                                const std::string &reason) {
  fail(MPCRT_UNSUPPORTED,
       text("cuDNN cannot do ", d.gradient ? "the gradient of " : "",
            d.causal ? "causal " : "", "attention in ", dtypeName(d.dtype),
            " of [b ", d.b, ", s ", d.s, ", t ", d.t, ", h ", d.h, ", g ", d.g,
            ", d ", d.d, ", e ", d.e, "]: ", reason,
            "; compile with --attention=matmuls"));
}

static void checkAlignment(const AttentionLaunch &launch) {
  const mpcrt_attention_desc &d = launch.desc;
  for (int role = 0; role < AttentionLSE; ++role) {
    if (!isAttentionOperand(d, role))
      continue;
    if (launch.operands[role].offset % vectorBytes)
      refuse(d, text("'", attentionNames[role], "' begins at byte ",
                     launch.operands[role].offset,
                     " of its buffer, which is no multiple of ", vectorBytes));
    std::array<int64_t, 4> sizes = attentionSizes(d, role);
    for (int i = 0; i < 3; ++i)
      if (int64_t bytes = (d.*attentionStrides[role])[i] * dtypeBytes(d.dtype);
          sizes[i] > 1 && bytes % vectorBytes)
        refuse(d, text("stride ", i, " of '", attentionNames[role], "' is ",
                       bytes, " bytes, which is no multiple of ", vectorBytes));
  }
}

AttentionPlan Attentions::make(const mpcrt_attention_desc &desc,
                               int64_t &bytes) const {
  AttentionPlan made = nullptr;
  AttentionError error;
  int status = cudnn().mpcrt_attention_create(
      library, &desc, /*deterministic=*/1, &made, &bytes, &error);
  if (status == AttentionUnsupported)
    refuse(desc, error.text);
  checkCudnn(status, error);
  return made;
}

int64_t Attentions::plan(const std::vector<PreparedAttention> &launches) {
  int64_t most = 0;
  for (const PreparedAttention &prepared : launches) {
    const AttentionLaunch &launch = *prepared.launch;
    checkAlignment(launch);
    auto known = plans.find(launch.desc);
    if (known == plans.end()) {
      int64_t bytes = 0;
      AttentionPlan made = make(launch.desc, bytes);
      known = plans.emplace(launch.desc, made).first;
      most = std::max(most, bytes);
    }
    planOf.resize(std::max<size_t>(planOf.size(), launch.number + 1));
    planOf[launch.number] = known->second;
  }
  return most;
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

void Attentions::warmUp(const std::vector<PreparedAttention> &launches,
                        const Scratch &scratch, char *arena, Stream stream) {
  workspace = scratch.memory;
  std::set<AttentionPlan> done;
  for (const auto &[launch, offsets] : launches) {
    if (!done.insert(planOf[launch->number]).second)
      continue;
    auto operands = launch->addresses(
        [&](Index buffer) { return arena + (*offsets)[buffer]; });
    run(*launch, operands.data(), stream);
  }
  MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
}

void Attentions::run(const AttentionLaunch &launch, char *const *operands,
                     Stream stream) const {
  AttentionError error;
  checkCudnn(cudnn().mpcrt_attention_run(planOf[launch.number], operands,
                                         workspace, stream, &error),
             error);
}

} // namespace mpcrt::cuda

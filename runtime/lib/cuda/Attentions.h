//===- Attentions.h - Attention by cuDNN ------------------------*- C++ -*-===//
#ifndef MPCRT_CUDA_ATTENTIONS_H
#define MPCRT_CUDA_ATTENTIONS_H

#include "../core/DescLess.h"
#include "../core/Device.h"
#include "Cudnn.h"
#include "Scratch.h"
#include <map>

namespace mpcrt::cuda {

/// All attentions of a device. Equal problems share a plan.
///
///   plan(launches) -> bytes; warmUp(launches, ...); run(launch, ...) in steps
class Attentions {
public:
  /// Loads cuDNN.
  Attentions();
  ~Attentions();
  Attentions(const Attentions &) = delete;
  Attentions &operator=(const Attentions &) = delete;

  /// Plans what is listed. Fails with MPCRT_UNSUPPORTED where cuDNN has no such
  /// attention. Returns the bytes of workspace of the plan that needs most.
  int64_t plan(const std::vector<PreparedAttention> &launches);

  /// Runs every plan once in the arena, whose contents are lost, so that what
  /// cuDNN loads when it is used first is there. `scratch` has what plan() has
  /// returned, and is used in steps too.
  void warmUp(const std::vector<PreparedAttention> &launches,
              const Scratch &scratch, char *arena, Stream stream);

  void run(const AttentionLaunch &launch, char *const *operands,
           Stream stream) const;

private:
  AttentionPlan make(const mpcrt_attention_desc &desc, int64_t &bytes) const;

  AttentionLibrary library = nullptr;
  std::map<mpcrt_attention_desc, AttentionPlan, DescLess> plans;
  std::vector<AttentionPlan> planOf; // by AttentionLaunch::number
  char *workspace = nullptr;
};

} // namespace mpcrt::cuda

#endif // MPCRT_CUDA_ATTENTIONS_H

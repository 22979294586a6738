//===- Matmuls.cpp - Which algorithm is the fastest -----------------------===//
#include "../core/Error.h"
#include "Matmul.h"
#include "MatmulCache.h"
#include <chrono>
#include <limits>

namespace mpcrt::cuda {

Matmuls::Matmuls() { MPCRT_LT_CALL(cublasLtCreate, &handle); }

Matmuls::~Matmuls() {
  plans.clear();
  cublasLt().cublasLtDestroy(handle);
}

/// Seconds of a few runs, all operands at the arena's begin; infinity where the
/// library refuses.
static double measure(const MatmulPlan &plan, const Code &code, char *arena,
                      Stream stream) {
  constexpr int runs = 5;
  MatmulAddresses at = {arena, arena, arena, arena, arena};
  try {
    plan.run(code, at, stream);
    MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
    auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < runs; ++i)
      plan.run(code, at, stream);
    MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  } catch (const DeviceError &) {
    return std::numeric_limits<double>::infinity();
  }
}

static LtHeuristic fastest(MatmulPlan &plan, const Code &code, char *arena,
                           Stream stream) {
  constexpr int most = 8;
  std::vector<LtHeuristic> candidates = plan.candidates(most);
  LtHeuristic best = candidates.front();
  double least = std::numeric_limits<double>::infinity();
  for (const LtHeuristic &candidate : candidates) {
    plan.choose(candidate);
    double seconds =
        candidates.size() > 1 ? measure(plan, code, arena, stream) : 0;
    if (seconds < least) {
      least = seconds;
      best = candidate;
    }
  }
  return best;
}

void Matmuls::prepare(const MatmulLaunch &launch, const Scratch &scratch,
                      const Code &code, const PrimaryContext &gpu, char *arena,
                      Stream stream) {
  auto plan = std::make_unique<MatmulPlan>(launch, scratch, handle);
  std::unique_ptr<MatmulPlan> &known = plans[plan->key()];
  if (!known) {
    known = std::move(plan);
    MatmulCache &cache =
        MatmulCache::of(gpu.model(), cublasLt().cublasLtGetVersion());
    // One device measures at a time, the others take what it has found.
    static std::mutex measuring;
    std::lock_guard lock(measuring);
    std::optional<LtHeuristic> choice = cache.find(known->key());
    if (!choice || choice->workspaceBytes >
                       static_cast<size_t>(known->libraryWorkspace())) {
      choice = fastest(*known, code, arena, stream);
      cache.add(known->key(), *choice);
    }
    known->choose(*choice);
    // What the library loads when it is used first takes memory: before the
    // first step, not in it.
    known->run(code, {arena, arena, arena, arena, arena}, stream);
    MPCRT_CUDA_CALL(cuStreamSynchronize, stream);
  }
  planOf.resize(std::max<size_t>(planOf.size(), launch.number + 1));
  planOf[launch.number] = known.get();
}

void Matmuls::run(const MatmulLaunch &launch, const Code &code,
                  const MatmulAddresses &at, Stream stream) const {
  planOf[launch.number]->run(code, at, stream);
}

} // namespace mpcrt::cuda

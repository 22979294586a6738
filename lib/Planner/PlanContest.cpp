//===- PlanContest.cpp - judges plans and keeps the table -----------------===//

#include "PlanContest.h"
#include "mpc/Planner/Evaluate.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mpc;

std::string mpc::formatBytes(int64_t bytes) {
  if (bytes >= int64_t(1) << 30)
    return llvm::formatv("{0:f1} GiB", bytes / double(1 << 30));
  return llvm::formatv("{0:f1} MiB", bytes / double(1 << 20));
}

int64_t PlanContest::getMemory(const Plan &plan) const {
  int64_t least = cluster.getDevice(0).memoryBytes;
  for (int64_t device = 1; device < plan.getNumDevices(); ++device)
    least = std::min(least, cluster.getDevice(device).memoryBytes);
  return least;
}

llvm::Error PlanContest::enter(const Plan &plan) {
  llvm::Expected<Evaluation> evaluation = evaluatePlan(module, plan, cluster);
  if (!evaluation)
    return evaluation.takeError();
  Candidate candidate{plan, evaluation->memoryBytes, ""};
  candidate.plan.cost = evaluation->cost;
  int64_t memory = getMemory(plan);
  if (candidate.memoryBytes > memory)
    candidate.verdict = "needs about " + formatBytes(candidate.memoryBytes) +
                        " a device, which has " + formatBytes(memory);
  candidates.push_back(std::move(candidate));
  return llvm::Error::success();
}

void PlanContest::challenge(const Plan &plan, double seconds) {
  if (llvm::Error error = enter(plan))
    return llvm::consumeError(std::move(error));
  const Candidate &entered = candidates.back();
  if (!entered.verdict.empty() || entered.plan.cost.stepSeconds >= seconds)
    candidates.pop_back();
}

void PlanContest::exclude(const Plan &plan, llvm::Error reason) {
  candidates.push_back({plan, 0, llvm::toString(std::move(reason))});
}

bool PlanContest::hasFitting() const {
  return llvm::any_of(candidates,
                      [](const Candidate &c) { return c.verdict.empty(); });
}

llvm::Error PlanContest::tryWithoutSharing() {
  const Candidate *fastest = getBest();
  if (!fastest || fastest->plan.zero == 0)
    return llvm::Error::success();
  Plan plan = fastest->plan;
  plan.zero = 0;
  return enter(plan);
}

namespace {
/// Ways to need less memory, from the cheapest in time.
struct Saving {
  Recompute recompute;
  int64_t zero;
};
} // namespace

static constexpr Saving kSavings[] = {
    {Recompute::None, 2},      {Recompute::None, 3},
    {Recompute::Selective, 1}, {Recompute::Selective, 2},
    {Recompute::Selective, 3}, {Recompute::Full, 1},
    {Recompute::Full, 2},      {Recompute::Full, 3}};

void PlanContest::saveMemory(bool mayShare, bool mayRecompute) {
  std::vector<Plan> plans;
  for (const Candidate &candidate : candidates)
    if (candidate.memoryBytes > 0)
      plans.push_back(candidate.plan);
  for (auto [recompute, zero] : kSavings) {
    for (Plan plan : plans) {
      bool shares = mayShare && plan.zero > 0;
      bool asksTooMuch = (zero > 1 && !shares) ||
                         (recompute > Recompute::None && !mayRecompute);
      if (asksTooMuch)
        continue;
      if (shares)
        plan.zero = zero;
      if (mayRecompute)
        plan.recompute = {recompute};
      if (llvm::Error error = enter(plan))
        exclude(plan, std::move(error));
    }
    if (hasFitting())
      return;
  }
}

/// Why no candidate is left: of those that could run, the one that is nearest
/// to fit, else the first.
std::string PlanContest::explainNone() const {
  const Candidate *nearest = nullptr;
  for (const Candidate &candidate : candidates)
    if (candidate.memoryBytes > 0 &&
        (!nearest || candidate.memoryBytes < nearest->memoryBytes))
      nearest = &candidate;
  if (nearest)
    return nearest->verdict;
  return candidates.empty() ? "no mesh to consider"
                            : candidates.front().verdict;
}

const Candidate *PlanContest::getBest(bool isPipeline) const {
  const Candidate *best = nullptr;
  for (const Candidate &candidate : candidates)
    if ((!isPipeline || candidate.plan.getNumStages() > 1) &&
        candidate.verdict.empty() &&
        (!best ||
         candidate.plan.cost.stepSeconds < best->plan.cost.stepSeconds))
      best = &candidate;
  return best;
}

llvm::Error PlanContest::decide() {
  // Meshes, micro-batches, ZeRO, recomputation or schedules differ, so that the
  // order is total.
  llvm::sort(candidates, [](const Candidate &a, const Candidate &b) {
    auto key = [](const Candidate &c) {
      return std::tuple(!c.verdict.empty(), c.plan.cost.stepSeconds,
                        c.plan.getNumDevices(), c.plan.mesh,
                        c.plan.microBatches, c.plan.zero, c.plan.recompute,
                        c.plan.schedule);
    };
    return key(a) < key(b);
  });
  if (candidates.empty() || !candidates.front().verdict.empty())
    return llvm::make_error<InfeasiblePlan>(explainNone());
  for (Candidate &candidate : candidates)
    candidate.isFeasible = candidate.verdict.empty();
  double best = candidates.front().plan.cost.stepSeconds;
  for (Candidate &candidate : llvm::drop_begin(candidates))
    if (candidate.verdict.empty())
      candidate.verdict = llvm::formatv(
          "slower by {0:f1} %",
          best > 0 ? (candidate.plan.cost.stepSeconds / best - 1) * 100 : 0.0);
  return llvm::Error::success();
}

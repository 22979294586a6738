//===- LearningRate.cpp - the learning rate of each step ------------------===//

#include "mpc/Driver/LearningRate.h"
#include <cmath>
#include <numbers>

using namespace mpc;

llvm::Expected<LearningRate> LearningRate::parse(llvm::StringRef text,
                                                 double base, int64_t steps) {
  LearningRate rate;
  rate.base = base;
  rate.steps = steps;
  if (text == "constant")
    return rate;
  auto [kind, warmup] = text.split(':');
  rate.isCosine = kind == "cosine";
  bool hasWarmup = text.contains(':');
  if (!rate.isCosine ||
      (hasWarmup && (warmup.getAsInteger(10, rate.warmup) || rate.warmup < 0)))
    return llvm::createStringError(
        "--lr-schedule: unknown schedule '" + text +
        "', expected constant, cosine or cosine:WARMUP_STEPS");
  return rate;
}

double LearningRate::at(int64_t step) const {
  if (step <= warmup)
    return base * static_cast<double>(step) / static_cast<double>(warmup);
  if (!isCosine || steps <= warmup)
    return base;
  double done =
      static_cast<double>(step - warmup) / static_cast<double>(steps - warmup);
  return base * (1 + std::cos(std::numbers::pi * done)) / 2;
}

//===- LearningRate.h - the learning rate of each step ----------*- C++ -*-===//

#ifndef MPC_DRIVER_LEARNINGRATE_H
#define MPC_DRIVER_LEARNINGRATE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>

namespace mpc {

/// A function of the step alone, so that resumed runs go on with it.
///
///   constant   base
///   cosine:W   base * step / W for the first W steps, then
///              base * (1 + cos(pi * (step - W) / (steps - W))) / 2
class LearningRate {
public:
  static llvm::Expected<LearningRate> parse(llvm::StringRef text, double base,
                                            int64_t steps);
  /// `step` counts from 1.
  double at(int64_t step) const;

private:
  double base = 0;
  bool isCosine = false;
  int64_t warmup = 0, steps = 0;
};

} // namespace mpc

#endif

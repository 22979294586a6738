//===- Rounding.cpp - what rounding does to a run -------------------------===//

#include "Rounding.h"
#include "Deviation.h"

using namespace mlir;
using namespace mpc;

/// How often the reference runs again: the noise of a tensor of one element may
/// be small by chance in one run.
static constexpr uint64_t kRuns = 2;

/// A gradient below this many times its noise is left out where the optimizer
/// divides by it: the step would be off by its part of the learning rate.
static constexpr double kSignificant = 256;

/// Gradients come first: what is left out of weights depends on theirs.
llvm::Error Rounding::measure(RunMoved runMoved) {
  std::vector<RunRecord> moved;
  for (uint64_t run = 0; run < kRuns; ++run) {
    auto record = runMoved(run);
    if (!record)
      return record.takeError();
    moved.push_back(std::move(*record));
    if (llvm::Error error = addNoise(moved.back(), /*gradients=*/true))
      return error;
  }
  if (options.adaptive)
    if (llvm::Error error = findLeftOut())
      return error;
  for (const RunRecord &record : moved)
    if (llvm::Error error = addNoise(record, /*gradients=*/false))
      return error;
  return llvm::Error::success();
}

llvm::Error Rounding::addNoise(const RunRecord &moved, bool gradients) {
  for (auto [index, a, b] : llvm::enumerate(expected, moved)) {
    if (a.isGradient() != gradients)
      continue;
    auto deviation = getDeviation(a, b, options, getLeftOut(index));
    if (!deviation)
      return deviation.takeError();
    // What is not a number excuses nothing.
    if (std::isfinite(deviation->difference))
      noise[index] = std::max(noise[index], deviation->difference);
  }
  return llvm::Error::success();
}

/// A step divides by the largest gradient so far, more or less. One that is
/// exactly zero moves nothing.
llvm::Error Rounding::findLeftOut() {
  llvm::StringMap<std::vector<float>> largest;
  for (auto [index, tensor] : llvm::enumerate(expected)) {
    if (!tensor.isGradient())
      continue;
    auto array = tensor.array.convertedTo(data::ElementType::F32);
    if (!array)
      return array.takeError();
    ArrayRef<float> gradient = array->as<float>();
    std::vector<float> &most = largest[tensor.parameter];
    llvm::BitVector &bits = leftOut[tensor.parameter];
    most.resize(gradient.size());
    bits.resize(gradient.size());
    for (size_t i = 0; i < gradient.size(); ++i) {
      most[i] = std::max(most[i], std::abs(gradient[i]));
      if (most[i] > 0 && most[i] <= kSignificant * noise[index])
        bits.set(i);
    }
  }
  return llvm::Error::success();
}

const llvm::BitVector *Rounding::getLeftOut(size_t tensor) const {
  if (!expected[tensor].isWeight)
    return nullptr;
  auto it = leftOut.find(expected[tensor].parameter);
  return it == leftOut.end() ? nullptr : &it->second;
}

//===- Comparison.cpp - the verdict on two runs ---------------------------===//

#include "Comparison.h"
#include "Deviation.h"

using namespace mlir;
using namespace mpc;

/// Rounding of a split is up to this many times that of the runs moved.
static constexpr double kRounding = 8;

static double getError(const Deviation &deviation) {
  return deviation.difference == 0 ? 0 : deviation.difference / deviation.scale;
}

/// Rounding in relation to what was summed up: terms of size s are rounded by
/// epsilon times s.
static double getError(const Deviation &deviation, double noise,
                       double epsilon) {
  bool isRounding = deviation.difference <= kRounding * noise;
  if (!isRounding || deviation.difference == 0)
    return getError(deviation);
  return deviation.difference / std::max(deviation.scale, noise / epsilon);
}

namespace {
/// Compares one tensor after the other.
class Judge {
public:
  Judge(const RunRecord &expected, const RunRecord &found,
        const VerifyOptions &options, RunMoved runMoved)
      : expected(expected), found(found), options(options), runMoved(runMoved) {
    result.tensors = expected.size();
  }

  llvm::Error compare(size_t tensor);
  VerifyResult take() { return std::move(result); }

private:
  bool isWithin(double error) const { return error <= options.tolerance; }
  /// A tensor beyond the tolerance.
  llvm::Expected<double> compareWithNoise(size_t tensor);
  void add(size_t tensor, double error);

  const RunRecord &expected, &found;
  const VerifyOptions &options;
  RunMoved runMoved;
  std::optional<Rounding> rounding;
  VerifyResult result;
};
} // namespace

llvm::Error Judge::compare(size_t tensor) {
  auto deviation = getDeviation(expected[tensor], found[tensor], options);
  if (!deviation)
    return deviation.takeError();
  llvm::Expected<double> error = getError(*deviation);
  if (!isWithin(*error))
    error = compareWithNoise(tensor);
  if (!error)
    return error.takeError();
  add(tensor, *error);
  return llvm::Error::success();
}

llvm::Expected<double> Judge::compareWithNoise(size_t tensor) {
  if (!rounding)
    if (llvm::Error error =
            rounding.emplace(expected, options).measure(runMoved))
      return error;
  const llvm::BitVector *leftOut = rounding->getLeftOut(tensor);
  auto deviation =
      getDeviation(expected[tensor], found[tensor], options, leftOut);
  if (!deviation)
    return deviation.takeError();
  double error =
      getError(*deviation, rounding->getNoise(tensor), options.epsilon);
  result.rounded += isWithin(error);
  result.leftOut += leftOut ? leftOut->count() : 0;
  return error;
}

void Judge::add(size_t tensor, double error) {
  bool differs = !isWithin(error);
  if ((differs && result.equal) || (result.equal && error >= result.maxError))
    result.worstTensor = expected[tensor].name;
  result.equal &= !differs;
  result.maxError = std::max(result.maxError, error);
}

llvm::Expected<VerifyResult> mpc::compareRuns(const RunRecord &expected,
                                              const RunRecord &found,
                                              const VerifyOptions &options,
                                              RunMoved runMoved) {
  Judge judge(expected, found, options, runMoved);
  for (size_t tensor = 0; tensor < expected.size(); ++tensor)
    if (llvm::Error error = judge.compare(tensor))
      return error;
  return judge.take();
}

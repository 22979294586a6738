//===- RandomInputs.cpp - made-up data for a model ------------------------===//

#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Inputs.h"
#include "mpcrt/package/InitialValues.h"

using namespace mlir;
using namespace mpc;

RandomInputs::RandomInputs(ModuleOp model, uint64_t seed)
    : seed(seed), limits(getIndexLimits(model)),
      classes(std::max<int64_t>(2, getNumClasses(model))) {}

llvm::Error RandomInputs::fill(const TensorInfo &info, unsigned index,
                               int64_t step, data::HostArray &target) const {
  auto it = limits.find(info.name);
  uint64_t limit = it == limits.end() ? classes : it->second;
  MutableArrayRef<char> bytes = target.mutableBytes();
  if (mpcrt::drawInput(info.type, limit, seed, step, index,
                       {bytes.data(), bytes.size()}))
    return llvm::Error::success();
  return llvm::createStringError("input '" + info.name + "' has type " +
                                 data::elementTypeName(info.type) +
                                 ", for which no random data are made");
}

llvm::Error RandomInputs::operator()(ProgramRunner &runner,
                                     int64_t step) const {
  for (auto [index, info] : llvm::enumerate(runner.getDataInputs()))
    if (llvm::Error error = fill(info, index, step, runner.getData()[index]))
      return error;
  return llvm::Error::success();
}

//===- RandomInputs.cpp - made-up data for a model ------------------------===//

#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Inputs.h"
#include <random>

using namespace mlir;
using namespace mpc;

RandomInputs::RandomInputs(ModuleOp model, uint64_t seed)
    : seed(seed), limits(getIndexLimits(model)),
      classes(std::max<int64_t>(2, getNumClasses(model))) {}

llvm::Error RandomInputs::fill(const TensorInfo &info, unsigned index,
                               int64_t step, data::HostArray &target) const {
  std::mt19937_64 random(seed * 1000003 + step * 1009 + index);
  auto it = limits.find(index);
  uint64_t limit = it == limits.end() ? classes : it->second;
  switch (info.type) {
  case data::ElementType::F32: {
    std::normal_distribution<float> normal;
    for (float &value : target.as<float>())
      value = normal(random);
    break;
  }
  case data::ElementType::I64:
    for (int64_t &value : target.as<int64_t>())
      value = random() % limit;
    break;
  case data::ElementType::I32:
    for (int32_t &value : target.as<int32_t>())
      value = random() % limit;
    break;
  case data::ElementType::I1:
    for (uint8_t &value : target.as<uint8_t>())
      value = random() % 2;
    break;
  default:
    return llvm::createStringError("input '" + info.name + "' has type " +
                                   data::elementTypeName(info.type) +
                                   ", for which no random data are made");
  }
  return llvm::Error::success();
}

llvm::Error RandomInputs::operator()(ProgramRunner &runner,
                                     int64_t step) const {
  for (auto [index, info] : llvm::enumerate(runner.getDataInputs()))
    if (llvm::Error error = fill(info, index, step, runner.getData()[index]))
      return error;
  return llvm::Error::success();
}

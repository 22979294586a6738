//===- RandomInputs.cpp - made-up data for a model ------------------------===//

#include "mpc/Driver/RandomInputs.h"
#include "mpc/Driver/Inputs.h"
#include <random>

using namespace mlir;
using namespace mpc;

RandomInputs::RandomInputs(ModuleOp model, uint64_t seed)
    : seed(seed), limits(getIndexLimits(model)),
      classes(std::max<int64_t>(2, getNumClasses(model))) {}

template <typename T>
static void fillWith(data::HostArray &target, function_ref<T()> draw) {
  for (T &value : target.as<T>())
    value = draw();
}

llvm::Error RandomInputs::fill(const TensorInfo &info, unsigned index,
                               int64_t step, data::HostArray &target) const {
  std::mt19937_64 random(seed * 1000003 + step * 1009 + index);
  auto it = limits.find(info.name);
  uint64_t limit = it == limits.end() ? classes : it->second;
  std::normal_distribution<double> normal;
  auto draw = [&] { return normal(random); };
  auto drawIndex = [&] { return random() % limit; };
  switch (info.type) {
  case data::ElementType::F32:
    fillWith<float>(target, draw);
    break;
  case data::ElementType::F64:
    fillWith<double>(target, draw);
    break;
  case data::ElementType::I64:
    fillWith<int64_t>(target, drawIndex);
    break;
  case data::ElementType::I32:
    fillWith<int32_t>(target, drawIndex);
    break;
  case data::ElementType::I8:
    fillWith<int8_t>(target, drawIndex);
    break;
  case data::ElementType::U8:
    fillWith<uint8_t>(target, drawIndex);
    break;
  case data::ElementType::I1:
    fillWith<uint8_t>(target, [&] { return random() % 2; });
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

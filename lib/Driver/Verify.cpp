//===- Verify.cpp - the oracle: split equals unsplit ----------------------===//

#include "mpc/Driver/Verify.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace mpc;
using data::HostArray;

namespace {
/// Named tensors of one run, in the order they appeared.
using Record = std::vector<std::pair<std::string, HostArray>>;

/// Inputs of the verification, the same for both runs.
class InputSource {
public:
  InputSource(ModuleOp model, const VerifyOptions &options) : options(options) {
    // Integers are indices: of the rows of a table or of the classes.
    if (auto main = model.lookupSymbol<func::FuncOp>("main"))
      for (auto [index, argument] : llvm::enumerate(main.getArguments()))
        for (Operation *user : argument.getUsers())
          if (auto embedding = dyn_cast<EmbeddingOp>(user))
            limits[index] = cast<RankedTensorType>(embedding.getTable().getType()).getDimSize(0);
    if (auto main = model.lookupSymbol<func::FuncOp>("main"); main && main.getNumResults() > 0)
      classes = cast<RankedTensorType>(main.getResultTypes()[0]).getShape().empty()
                    ? 2
                    : cast<RankedTensorType>(main.getResultTypes()[0]).getShape().back();
  }

  llvm::Expected<HostArray> make(const TensorInfo &info, unsigned index, int step) {
    llvm::Expected<HostArray> array = makeArray(info);
    if (!array)
      return array;
    std::mt19937_64 random(options.setup.seed * 1000003 + step * 1009 + index);
    if (info.name == "lr")
      array->as<float>()[0] = options.learningRate;
    else if (info.name == "step")
      array->as<int64_t>()[0] = step + 1;
    else if (info.type == data::ElementType::F32)
      for (float &value : array->as<float>())
        value = std::normal_distribution<float>()(random);
    else if (info.type == data::ElementType::I64)
      for (int64_t &value : array->as<int64_t>())
        value = random() % (limits.count(index) ? limits[index] : classes);
    else
      return llvm::createStringError("input '" + info.name + "' has a type that cannot be drawn");
    return array;
  }

private:
  const VerifyOptions &options;
  llvm::DenseMap<unsigned, int64_t> limits;
  int64_t classes = 2;
};
} // namespace

static llvm::Error readVariables(Setup &setup, Record &record) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    auto type = data::elementTypeNamed(
        getDTypeName(variable.getTensorType().getElementType()));
    auto array = HostArray::allocate(*type, variable.getTensorType().getShape());
    if (!array)
      return array.takeError();
    if (llvm::Error error =
            setup.getSession().read(variable.getSymName(), array->mutableBytes()))
      return error;
    record.push_back({variable.getSymName().str(), std::move(*array)});
  }
  return llvm::Error::success();
}

static llvm::Expected<Record> runSteps(Setup &setup, InputSource &source, int steps) {
  Record record;
  std::vector<TensorInfo> outputs = setup.getOutputs("train_step");
  for (int step = 0; step < steps; ++step) {
    std::vector<HostArray> inputs;
    std::vector<const HostArray *> pointers;
    for (auto [index, info] : llvm::enumerate(setup.getInputs("train_step"))) {
      llvm::Expected<HostArray> array = source.make(info, index, step);
      if (!array)
        return array.takeError();
      inputs.push_back(std::move(*array));
    }
    for (const HostArray &input : inputs)
      pointers.push_back(&input);
    auto results = setup.getSession().run("train_step", pointers);
    if (!results)
      return results.takeError();
    for (auto [info, array] : llvm::zip_equal(outputs, *results))
      record.push_back({info.name + " (step " + std::to_string(step + 1) + ")", std::move(array)});
  }
  if (llvm::Error error = readVariables(setup, record))
    return std::move(error);
  return record;
}

/// max|a - b| / max|a|, or the ratio of the norms; infinite where either is not
/// a number, or a is zero and b is not.
static double getError(const HostArray &a, const HostArray &b, bool relativeL2) {
  if (a.type() != data::ElementType::F32)
    return a.bytes() == b.bytes() ? 0 : INFINITY;
  double difference = 0, scale = 0;
  for (auto [x, y] : llvm::zip_equal(a.as<float>(), b.as<float>())) {
    double d = std::abs(static_cast<double>(x) - y), s = std::abs(static_cast<double>(x));
    if (std::isnan(d))
      return INFINITY;
    if (relativeL2) {
      difference += d * d;
      scale += s * s;
    } else {
      difference = std::max(difference, d);
      scale = std::max(scale, s);
    }
  }
  if (difference == 0)
    return 0;
  return relativeL2 ? std::sqrt(difference / scale) : difference / scale;
}

llvm::Expected<VerifyResult>
mpc::verifyTraining(ModuleOp model, const VerifyOptions &options,
                    function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
                    const data::TensorStore *weights) {
  InputSource source(model, options);
  SetupOptions setupOptions = options.setup;
  setupOptions.training.optimizer.keepGradients = true;
  setupOptions.training.autodiff.keepOutputs = true;
  Record expected;
  {
    auto unsplit = Setup::create(
        model, setupOptions, [](ModuleOp) -> llvm::Expected<Plan> { return Plan(); }, weights);
    if (!unsplit)
      return unsplit.takeError();
    auto record = runSteps(**unsplit, source, options.steps);
    if (!record)
      return record.takeError();
    expected = std::move(*record);
  }
  auto split = Setup::create(model, setupOptions, choose, weights);
  if (!split)
    return split.takeError();
  auto found = runSteps(**split, source, options.steps);
  if (!found)
    return found.takeError();

  VerifyResult result;
  result.tensors = expected.size();
  for (auto [a, b] : llvm::zip_equal(expected, *found)) {
    double error = getError(a.second, b.second, options.relativeL2);
    bool differs = !(error <= options.tolerance);
    if ((differs && result.equal) || (result.equal && error > result.maxError))
      result.worstTensor = a.first;
    result.equal &= !differs;
    result.maxError = std::max(result.maxError, error);
  }
  result.predictedBytes = (*split)->getCompiled().getExecutable().arenaBytes;
  result.variableBytes = (*split)->getCompiled().getExecutable().variableBytes;
  result.allocatedBytes = (*split)->getSession().getAllocatedBytes();
  for (int64_t device = 0; device < (*split)->getPlan().getNumDevices(); ++device)
    result.counters.push_back((*split)->getSession().getCounters(device));
  return result;
}

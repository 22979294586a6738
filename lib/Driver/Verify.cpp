//===- Verify.cpp - the oracle: split equals unsplit ----------------------===//

#include "mpc/Driver/Verify.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/ProgramRunner.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using data::HostArray;

namespace {
/// Named tensors of one run, in the order they appeared.
using Record = std::vector<std::pair<std::string, HostArray>>;

} // namespace

static llvm::Error readVariables(Setup &setup, Record &record) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    auto type = data::elementTypeNamed(
        getDTypeName(variable.getTensorType().getElementType()));
    auto array =
        HostArray::allocate(*type, variable.getTensorType().getShape());
    if (!array)
      return array.takeError();
    if (llvm::Error error = setup.getSession().read(variable.getSymName(),
                                                    array->mutableBytes()))
      return error;
    record.push_back({variable.getSymName().str(), std::move(*array)});
  }
  return llvm::Error::success();
}

/// Runs the program `steps` times and records what it returns.
static llvm::Expected<Record> runSteps(Setup &setup, StringRef program,
                                       const VerifyOptions &options,
                                       const FillInputs &fill) {
  auto runner = ProgramRunner::create(setup, program.str());
  if (!runner)
    return runner.takeError();
  Record record;
  for (int64_t step = 1; step <= options.steps; ++step) {
    if (llvm::Error error = fill(*runner, step))
      return error;
    runner->setStep(step, options.learningRate);
    if (llvm::Error error = runner->run())
      return atRunTime(std::move(error));
    for (auto [info, array] :
         llvm::zip_equal(runner->getOutputInfos(), runner->getOutputs())) {
      llvm::Expected<HostArray> copy = array.clone();
      if (!copy)
        return copy.takeError();
      record.push_back({info.name + " (step " + std::to_string(step) + ")",
                        std::move(*copy)});
    }
  }
  if (llvm::Error error = readVariables(setup, record))
    return error;
  return record;
}

/// max|a - b| / max|a|, or the ratio of the norms; infinite where either is not
/// a number, or a is zero and b is not.
static double getError(const HostArray &a, const HostArray &b,
                       bool relativeL2) {
  if (a.type() != data::ElementType::F32)
    return a.bytes() == b.bytes() ? 0 : INFINITY;
  double difference = 0, scale = 0;
  for (auto [x, y] : llvm::zip_equal(a.as<float>(), b.as<float>())) {
    double d = std::abs(static_cast<double>(x) - y),
           s = std::abs(static_cast<double>(x));
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

static llvm::Expected<std::unique_ptr<Setup>>
createSetup(ModuleOp model, const VerifyOptions &options,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
            const data::TensorStore *weights) {
  if (options.forwardOnly)
    return Setup::createForInference(model, options.setup, choose, weights);
  SetupOptions setup = options.setup;
  setup.training.optimizer.keepGradients = true;
  setup.training.autodiff.keepOutputs = true;
  return Setup::create(model, setup, choose, weights);
}

static VerifyResult compare(const Record &expected, const Record &found,
                            const VerifyOptions &options) {
  VerifyResult result;
  result.tensors = expected.size();
  for (auto [a, b] : llvm::zip_equal(expected, found)) {
    double error = getError(a.second, b.second, options.relativeL2);
    bool differs = !(error <= options.tolerance);
    if ((differs && result.equal) || (result.equal && error >= result.maxError))
      result.worstTensor = a.first;
    result.equal &= !differs;
    result.maxError = std::max(result.maxError, error);
  }
  return result;
}

llvm::Expected<VerifyResult>
mpc::verify(ModuleOp model, const VerifyOptions &options,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
            const FillInputs &fill, const data::TensorStore *weights) {
  StringRef program = options.forwardOnly ? "main" : "train_step";
  auto unsplit = createSetup(
      model, options, [](ModuleOp) -> llvm::Expected<Plan> { return Plan(); },
      weights);
  if (!unsplit)
    return unsplit.takeError();
  auto expected = runSteps(**unsplit, program, options, fill);
  if (!expected)
    return expected.takeError();
  unsplit->reset();
  auto split = createSetup(model, options, choose, weights);
  if (!split)
    return split.takeError();
  auto found = runSteps(**split, program, options, fill);
  if (!found)
    return found.takeError();
  VerifyResult result = compare(*expected, *found, options);
  result.plan = (*split)->getPlan();
  result.predictedBytes = (*split)->getCompiled().getExecutable().arenaBytes;
  result.variableBytes = (*split)->getCompiled().getExecutable().variableBytes;
  result.allocatedBytes = (*split)->getSession().getAllocatedBytes();
  for (int64_t device = 0; device < result.plan.getNumDevices(); ++device)
    result.counters.push_back((*split)->getSession().getCounters(device));
  return result;
}

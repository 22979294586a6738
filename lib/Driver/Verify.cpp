//===- Verify.cpp - the oracle: split equals unsplit ----------------------===//

#include "mpc/Driver/Verify.h"
#include "mpc/Driver/Commands.h"
#include "mpc/Driver/ProgramRunner.h"
#include <cmath>

using namespace mlir;
using namespace mpc;
using data::HostArray;

namespace {
struct Recorded {
  std::string name;
  HostArray array;
  /// Tensors of one kind are rounded alike: the gradients of a step, the
  /// parameters, the momenta. Others are a group of their own.
  std::string group;
};
/// The tensors of one run, in the order they appeared.
using Record = std::vector<Recorded>;
} // namespace

static std::string getGroup(VariableOp variable) {
  if (variable.getRole() == VariableRole::Optimizer)
    return "optimizer " + variable.getSymName().rsplit('.').second.str();
  return stringifyVariableRole(variable.getRole()).str();
}

/// Rounding makes a relu flip in one of two runs sooner or later, and a
/// gradient jump; weights and outputs do not jump. So gradients, and the
/// moments made of them, are compared in the first steps only.
static constexpr int64_t kStepsWithGradients = 2;

static llvm::Error readVariables(Setup &setup, int64_t steps, Record &record) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    if (variable.getRole() == VariableRole::Optimizer &&
        steps > kStepsWithGradients)
      continue;
    auto type = data::elementTypeNamed(
        getDTypeName(variable.getTensorType().getElementType()));
    auto array =
        HostArray::allocate(*type, variable.getTensorType().getShape());
    if (!array)
      return array.takeError();
    if (llvm::Error error = setup.getSession().read(variable.getSymName(),
                                                    array->mutableBytes()))
      return error;
    record.push_back(
        {variable.getSymName().str(), std::move(*array), getGroup(variable)});
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
      bool isGradient = StringRef(info.name).starts_with("gradient.");
      if (isGradient && step > kStepsWithGradients)
        continue;
      llvm::Expected<HostArray> copy = array.clone();
      if (!copy)
        return copy.takeError();
      std::string when = " (step " + std::to_string(step) + ")";
      record.push_back({info.name + when, std::move(*copy),
                        (isGradient ? "gradient" : info.name) + when});
    }
  }
  if (llvm::Error error = readVariables(setup, options.steps, record))
    return error;
  return record;
}

static StringRef getProgram(const VerifyOptions &options) {
  return options.forwardOnly ? "main" : "train_step";
}

/// How two tensors differ, and how large the first is.
namespace {
struct Deviation {
  double difference = 0, scale = 0, largest = 0;
};
} // namespace

/// Numbers of one floating-point type.
template <typename T>
static Deviation compareNumbers(ArrayRef<T> a, ArrayRef<T> b, bool relativeL2) {
  Deviation result;
  for (auto [x, y] : llvm::zip_equal(a, b)) {
    double d = std::abs(static_cast<double>(x) - y),
           s = std::abs(static_cast<double>(x));
    if (std::isnan(d))
      return {INFINITY, 1, 0};
    result.largest = std::max(result.largest, s);
    result.difference = relativeL2 ? std::hypot(result.difference, d)
                                   : std::max(result.difference, d);
    result.scale =
        relativeL2 ? std::hypot(result.scale, s) : std::max(result.scale, s);
  }
  return result;
}

static llvm::Expected<Deviation>
getDeviation(const HostArray &a, const HostArray &b, bool relativeL2) {
  if (a.type() == data::ElementType::BF16) {
    auto wideA = a.convertedTo(data::ElementType::F32);
    auto wideB = b.convertedTo(data::ElementType::F32);
    if (!wideA || !wideB)
      return llvm::joinErrors(wideA.takeError(), wideB.takeError());
    return compareNumbers(wideA->as<float>(), wideB->as<float>(), relativeL2);
  }
  if (a.type() == data::ElementType::F32)
    return compareNumbers(a.as<float>(), b.as<float>(), relativeL2);
  if (a.type() == data::ElementType::F64)
    return compareNumbers(a.as<double>(), b.as<double>(), relativeL2);
  return Deviation{a.bytes() == b.bytes() ? 0 : INFINITY, 1, 0};
}

/// What the sum of some hundred terms of size 1 may be off, in epsilons.
static constexpr double kRounding = 16;

/// The difference in relation to the tensor's size; but what is below rounding
/// of the largest number of its kind in relation to that. A gradient that is
/// zero by its formula (of a bias before a softmax) consists of nothing else.
static double getError(const Deviation &deviation, double largestOfGroup,
                       double epsilon) {
  if (deviation.difference == 0)
    return 0;
  bool isRounding =
      deviation.difference <= kRounding * epsilon * largestOfGroup;
  return deviation.difference / (isRounding ? largestOfGroup : deviation.scale);
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

static llvm::Expected<VerifyResult> compare(const Record &expected,
                                            const Record &found,
                                            const VerifyOptions &options) {
  std::vector<Deviation> deviations;
  llvm::StringMap<double> largest;
  for (auto [a, b] : llvm::zip_equal(expected, found)) {
    auto deviation = getDeviation(a.array, b.array, options.relativeL2);
    if (!deviation)
      return deviation.takeError();
    deviations.push_back(*deviation);
    double &value = largest[a.group];
    value = std::max(value, deviations.back().largest);
  }
  VerifyResult result;
  result.tensors = expected.size();
  for (auto [tensor, deviation] : llvm::zip_equal(expected, deviations)) {
    double error = getError(deviation, largest[tensor.group], options.epsilon);
    bool differs = !(error <= options.tolerance);
    if ((differs && result.equal) || (result.equal && error >= result.maxError))
      result.worstTensor = tensor.name;
    result.equal &= !differs;
    result.maxError = std::max(result.maxError, error);
  }
  return result;
}

/// The reference runs in one process, the one that compares.
static llvm::Expected<Record> runUnsplit(ModuleOp model, VerifyOptions options,
                                         const FillInputs &fill,
                                         const data::TensorStore *weights) {
  options.setup.session.world = nullptr;
  auto unsplit = createSetup(
      model, options, [](ModuleOp) -> llvm::Expected<Plan> { return Plan(); },
      weights);
  if (!unsplit)
    return unsplit.takeError();
  return runSteps(**unsplit, getProgram(options), options, fill);
}

llvm::Expected<VerifyResult>
mpc::verify(ModuleOp model, const VerifyOptions &options,
            function_ref<llvm::Expected<Plan>(ModuleOp)> choose,
            const FillInputs &fill, const data::TensorStore *weights) {
  World *world = options.setup.session.world;
  llvm::Expected<Record> expected = Record();
  if (isRoot(world))
    expected = runUnsplit(model, options, fill, weights);
  if (!expected)
    return expected.takeError();
  auto split = createSetup(model, options, choose, weights);
  if (!split)
    return split.takeError();
  auto found = runSteps(**split, getProgram(options), options, fill);
  if (!found)
    return found.takeError();
  llvm::Expected<VerifyResult> result =
      isRoot(world) ? compare(*expected, *found, options) : VerifyResult();
  if (!result)
    return result.takeError();
  if (world) {
    auto told =
        world->broadcast("the comparison", result->equal ? "equal" : "");
    if (!told)
      return told.takeError();
    result->equal = !told->empty();
  }
  result->plan = (*split)->getPlan();
  result->predictedBytes = (*split)->getCompiled().getExecutable().arenaBytes;
  result->variableBytes = (*split)->getCompiled().getExecutable().variableBytes;
  result->allocatedBytes = (*split)->getSession().getAllocatedBytes();
  for (int64_t device = 0; device < result->plan.getNumDevices(); ++device) {
    auto counters = (*split)->getSession().getCounters(device);
    if (!counters)
      return counters.takeError();
    result->counters.push_back(*counters);
  }
  return result;
}

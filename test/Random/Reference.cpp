//===- Reference.cpp - the unsplit program against the interpreter --------===//

#include "Reference.h"
#include "Interpreter/TestModule.h"
#include "mlir/Pass/PassManager.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;
using data::ElementType;
using data::HostArray;

static Tensor toTensor(const HostArray &array) {
  Tensor tensor;
  tensor.shape.assign(array.shape().begin(), array.shape().end());
  if (array.type() == ElementType::F32)
    tensor.data.assign(array.as<float>().begin(), array.as<float>().end());
  else if (array.type() == ElementType::I64)
    tensor.data.assign(array.as<int64_t>().begin(), array.as<int64_t>().end());
  return tensor;
}

static llvm::Expected<Variables> readVariables(Setup &setup) {
  Variables variables;
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    auto array = HostArray::allocate(ElementType::F32,
                                     variable.getTensorType().getShape());
    if (!array)
      return array.takeError();
    if (llvm::Error error = setup.getSession().read(variable.getSymName(),
                                                    array->mutableBytes()))
      return error;
    variables[variable.getSymName().str()] = toTensor(*array);
  }
  return variables;
}

/// The training step before its composite ops are taken apart.
static llvm::Expected<OwningOpRef<ModuleOp>>
buildStep(ModuleOp model, const TrainingOptions &options) {
  OwningOpRef<ModuleOp> module = model.clone();
  PassManager passes(model.getContext());
  passes.addPass(createAutodiff(options.autodiff));
  passes.addPass(createAddOptimizer(options.optimizer));
  if (failed(passes.run(*module)))
    return llvm::createStringError("no training step");
  return module;
}

static std::vector<Tensor>
getInputs(func::FuncOp func, const ProgramRunner &runner, double learningRate) {
  std::vector<Tensor> inputs;
  for (unsigned index = 0; index < func.getNumArguments(); ++index) {
    StringRef name =
        func.getArgAttrOfType<StringAttr>(index, tags::kName).getValue();
    if (const HostArray *array = runner.findData(name))
      inputs.push_back(toTensor(*array));
    else
      inputs.push_back(Tensor::scalar(name == "step" ? 1 : learningRate));
  }
  return inputs;
}

static double getError(const Tensor &found, const Tensor &expected) {
  double difference = 0, scale = 1;
  for (auto [a, b] : llvm::zip_equal(found.data, expected.data)) {
    difference = std::max(difference, std::abs(a - b));
    scale = std::max(scale, std::abs(b));
    if (std::isnan(a - b))
      return INFINITY;
  }
  return difference / scale;
}

llvm::Expected<ReferenceError>
mpc::test::compareWithReference(ModuleOp model, const VerifyOptions &options,
                                const FillInputs &fill) {
  SetupOptions setupOptions = options.setup;
  setupOptions.training.optimizer.keepGradients = true;
  setupOptions.training.autodiff.keepOutputs = true;
  auto setup =
      Setup::create(model, setupOptions,
                    [](ModuleOp) -> llvm::Expected<Plan> { return Plan(); });
  if (!setup)
    return setup.takeError();
  auto variables = readVariables(**setup);
  if (!variables)
    return variables.takeError();
  auto runner = ProgramRunner::create(**setup, "train_step");
  if (!runner)
    return runner.takeError();
  if (llvm::Error error = fill(*runner, 1))
    return error;
  runner->setStep(1, options.learningRate);
  if (llvm::Error error = runner->run())
    return error;

  auto step = buildStep(model, setupOptions.training);
  if (!step)
    return step.takeError();
  auto func = (*step)->lookupSymbol<func::FuncOp>("train_step");
  auto expected = evaluate(func, getInputs(func, *runner, options.learningRate),
                           *variables);
  if (!expected)
    return expected.takeError();
  ReferenceError worst;
  for (auto [info, found, reference] : llvm::zip_equal(
           runner->getOutputInfos(), runner->getOutputs(), expected->outputs)) {
    double error = getError(toTensor(found), reference);
    if (!(error <= worst.error))
      worst = {error, info.name};
  }
  return worst;
}

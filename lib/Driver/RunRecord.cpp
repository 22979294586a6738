//===- RunRecord.cpp - what a run of verify returns -----------------------===//

#include "RunRecord.h"
#include "mpc/Driver/Commands.h"

using namespace mlir;
using namespace mpc;
using data::ElementType;
using data::HostArray;

/// Rounding makes a relu flip in one of two runs sooner or later, and a
/// gradient jump; weights and outputs do not jump. So gradients, and the
/// moments made of them, are compared in the first steps only.
static constexpr int64_t kStepsWithGradients = 2;

llvm::Expected<HostArray> mpc::readVariable(Setup &setup, VariableOp variable) {
  RankedTensorType tensor = variable.getTensorType();
  auto type = data::elementTypeNamed(getDTypeName(tensor.getElementType()));
  auto array = HostArray::allocate(*type, tensor.getShape());
  if (!array)
    return array.takeError();
  if (llvm::Error error =
          setup.getSession().read(variable.getSymName(), array->mutableBytes()))
    return error;
  return array;
}

/// The parameter whose value this variable has; else empty.
static StringRef getParameter(VariableOp variable) {
  if (variable.getRole() == VariableRole::Parameter)
    return variable.getSymName();
  auto same = dyn_cast<SameInitAttr>(variable.getInit());
  return same ? same.getVariable().getValue() : StringRef();
}

static llvm::Error recordVariables(Setup &setup, int64_t steps,
                                   RunRecord &record) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    if (variable.getRole() == VariableRole::Optimizer &&
        steps > kStepsWithGradients)
      continue;
    auto array = readVariable(setup, variable);
    if (!array)
      return array.takeError();
    StringRef parameter = getParameter(variable);
    record.push_back({variable.getSymName().str(), std::move(*array),
                      parameter.str(), !parameter.empty()});
  }
  return llvm::Error::success();
}

static llvm::Error recordOutputs(const ProgramRunner &runner, int64_t step,
                                 RunRecord &record) {
  for (auto [info, array] :
       llvm::zip_equal(runner.getOutputInfos(), runner.getOutputs())) {
    StringRef parameter = info.name;
    if (!parameter.consume_front("gradient."))
      parameter = "";
    else if (step > kStepsWithGradients)
      continue;
    llvm::Expected<HostArray> copy = array.clone();
    if (!copy)
      return copy.takeError();
    record.push_back({info.name + " (step " + std::to_string(step) + ")",
                      std::move(*copy), parameter.str()});
  }
  return llvm::Error::success();
}

llvm::Expected<RunRecord> mpc::recordRun(Setup &setup,
                                         const VerifyOptions &options,
                                         const FillInputs &fill) {
  auto runner =
      ProgramRunner::create(setup, options.forwardOnly ? "main" : "train_step");
  if (!runner)
    return runner.takeError();
  RunRecord record;
  for (int64_t step = 1; step <= options.steps; ++step) {
    if (llvm::Error error = fill(*runner, step))
      return error;
    runner->setStep(step, options.learningRate);
    if (llvm::Error error = runner->run())
      return atRunTime(std::move(error));
    if (llvm::Error error = recordOutputs(*runner, step, record))
      return error;
  }
  if (llvm::Error error = recordVariables(setup, options.steps, record))
    return error;
  return record;
}

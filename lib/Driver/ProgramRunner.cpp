//===- ProgramRunner.cpp - runs one program again and again ---------------===//

#include "mpc/Driver/ProgramRunner.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;

static mpcrt_buffer getBuffer(HostArray &array) {
  return {array.mutableBytes().data(), array.bytes().size()};
}

llvm::Expected<ProgramRunner> ProgramRunner::create(Setup &setup,
                                                    std::string program) {
  ProgramRunner runner(setup, program);
  for (TensorInfo &info : setup.getInputs(program)) {
    llvm::Expected<HostArray> array = makeArray(info);
    if (!array)
      return array.takeError();
    runner.inputBuffers.push_back(getBuffer(*array));
    runner.inputs.push_back(*array);
    if (info.name == "step") {
      runner.step = *array;
    } else if (info.name == "lr") {
      runner.learningRate = *array;
    } else {
      runner.data.push_back(*array);
      runner.dataInputs.push_back(std::move(info));
    }
  }
  runner.outputInfos = setup.getOutputs(program);
  for (const TensorInfo &info : runner.outputInfos) {
    llvm::Expected<HostArray> array = makeArray(info);
    if (!array)
      return array.takeError();
    runner.outputBuffers.push_back(getBuffer(*array));
    runner.outputs.push_back(*array);
  }
  return runner;
}

void ProgramRunner::setStep(int64_t number, double rate) {
  if (step)
    step->as<int64_t>()[0] = number;
  if (learningRate)
    learningRate->as<float>()[0] = static_cast<float>(rate);
}

llvm::Error ProgramRunner::run() {
  return setup->getSession().run(program, inputBuffers, outputBuffers);
}

static const HostArray *find(ArrayRef<TensorInfo> infos,
                             ArrayRef<HostArray> arrays, StringRef name) {
  for (auto [info, array] : llvm::zip_equal(infos, arrays))
    if (info.name == name)
      return &array;
  return nullptr;
}

const HostArray *ProgramRunner::findData(StringRef name) const {
  return find(dataInputs, data, name);
}

const HostArray *ProgramRunner::findOutput(StringRef name) const {
  return find(outputInfos, outputs, name);
}

double ProgramRunner::getScalar(StringRef name) const {
  const HostArray *array = findOutput(name);
  assert(array && "the program returns no such scalar");
  return array->as<float>()[0];
}

//===- ProgramRunner.cpp - runs one program again and again ---------------===//

#include "mpc/Driver/ProgramRunner.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;

static mpcrt_buffer getBuffer(HostArray &array) {
  return {array.mutableBytes().data(), array.bytes().size()};
}

/// Rows of dimension 0 of an input that devices of this process feed. An input
/// without dimensions has none.
static llvm::Expected<data::RowRanges> findRows(Setup &setup, StringRef program,
                                                int32_t input,
                                                const TensorInfo &info) {
  if (info.shape.empty())
    return data::RowRanges();
  if (!setup.getSession().getWorld())
    return data::RowRanges{{0, info.shape[0]}};
  std::vector<uint8_t> isRead(info.shape[0]);
  int32_t index = mpcrt_executable_find(setup.getCompiled().getRuntime(),
                                        program.str().c_str());
  if (llvm::Error error = toError(
          mpcrt_session_input_rows(setup.getSession().getRuntime(), index,
                                   input, isRead.data(), isRead.size())))
    return error;
  data::RowRanges ranges;
  for (int64_t row = 0; row < info.shape[0]; ++row) {
    if (!isRead[row])
      continue;
    if (ranges.empty() || ranges.back().end != row)
      ranges.push_back({row, row});
    ++ranges.back().end;
  }
  return ranges;
}

llvm::Expected<ProgramRunner> ProgramRunner::create(Setup &setup,
                                                    std::string program) {
  ProgramRunner runner(setup, program);
  std::vector<TensorInfo> infos = setup.getInputs(program);
  for (auto [index, info] : llvm::enumerate(infos)) {
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
      auto rows = findRows(setup, program, static_cast<int32_t>(index), info);
      if (!rows)
        return rows.takeError();
      runner.rows.push_back(std::move(*rows));
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

void ProgramRunner::wantAllRows(StringRef name) {
  for (auto [info, ranges] : llvm::zip_equal(dataInputs, rows))
    if (info.name == name && !info.shape.empty())
      ranges = {{0, info.shape[0]}};
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

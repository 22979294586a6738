//===- ProgramRun.cpp - A program with its arrays -------------------------===//
//----------------------------===//
#include "ProgramRun.h"
#include "core/DType.h"
#include "mpcrt/package/Check.h"
#include <cmath>
#include <cstring>
#include <zlib.h>

namespace mpcrt {

void check(mpcrt_status *status) {
  if (!status)
    return;
  std::string message = mpcrt_status_message(status);
  mpcrt_status_destroy(status);
  throw RunFailure(message);
}

Array makeArray(const mpcrt_tensor_info &info) {
  return {info.name,
          *typeNamed(dtypeName(info.dtype)),
          {info.shape, info.shape + info.rank},
          std::string(static_cast<size_t>(info.bytes), '\0')};
}

ProgramRun::ProgramRun(const mpcrt_executable *executable,
                       mpcrt_session *session, const std::string &name)
    : session(session), index(mpcrt_executable_find(executable, name.c_str())) {
  if (index < 0)
    throw FileError("the package has no program '" + name + "'");
  mpcrt_tensor_info info;
  for (int32_t i = 0; i < mpcrt_executable_inputs(executable, index); ++i) {
    check(mpcrt_executable_input(executable, index, i, &info));
    inputs.push_back(makeArray(info));
  }
  for (int32_t i = 0; i < mpcrt_executable_outputs(executable, index); ++i) {
    check(mpcrt_executable_output(executable, index, i, &info));
    outputs.push_back(makeArray(info));
  }
  for (Array &array : inputs)
    inputBuffers.push_back({array.bytes.data(), array.bytes.size()});
  for (Array &array : outputs)
    outputBuffers.push_back({array.bytes.data(), array.bytes.size()});
}

std::vector<Array *> ProgramRun::getDataInputs() {
  std::vector<Array *> list;
  for (Array &array : inputs)
    if (array.name != "step" && array.name != "lr")
      list.push_back(&array);
  return list;
}

double ProgramRun::getScalar(const std::string &output) const {
  for (const Array &array : outputs)
    if (array.name == output && array.type == ElementType::F32 &&
        array.bytes.size() == sizeof(float)) {
      float value = 0;
      std::memcpy(&value, array.bytes.data(), sizeof value);
      return value;
    }
  throw FileError("the program has no output '" + output + "'");
}

void ProgramRun::setStep(int64_t step, double learningRate) {
  auto rate = static_cast<float>(learningRate);
  for (Array &array : inputs) {
    if (array.name == "step" && array.bytes.size() == sizeof step)
      std::memcpy(array.bytes.data(), &step, sizeof step);
    if (array.name == "lr" && array.bytes.size() == sizeof rate)
      std::memcpy(array.bytes.data(), &rate, sizeof rate);
  }
}

/// Integers without a limit are small.
static uint64_t getLimit(const std::vector<PackagedInput> &limits,
                         const std::string &input) {
  for (const PackagedInput &limit : limits)
    if (limit.name == input && limit.below)
      return static_cast<uint64_t>(*limit.below);
  return 2;
}

void ProgramRun::drawInputs(const std::vector<PackagedInput> &limits,
                            uint64_t seed, int64_t step) {
  unsigned number = 0;
  for (Array *array : getDataInputs())
    if (!drawInput(array->type, getLimit(limits, array->name), seed, step,
                   number++, array->bytes))
      throw FileError("input '" + array->name + "' has type " +
                      typeName(array->type) +
                      ", for which no random data are made");
}

void ProgramRun::run() {
  check(mpcrt_session_run(session, index, inputBuffers.data(),
                          inputBuffers.size(), outputBuffers.data(),
                          outputBuffers.size()));
}

double getLoss(const ProgramRun &program) {
  return program.getScalar("loss_sum") / program.getScalar("count");
}

static uint32_t addToSum(uint32_t sum, const std::string &bytes) {
  return static_cast<uint32_t>(::crc32_z(
      sum, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

uint32_t sumVariables(const mpcrt_executable *executable,
                      mpcrt_session *session) {
  uint32_t sum = 0;
  for (int32_t i = 0; i < mpcrt_executable_variables(executable); ++i) {
    mpcrt_tensor_info info;
    check(mpcrt_executable_variable(executable, i, &info));
    std::string bytes(static_cast<size_t>(info.bytes), '\0');
    check(mpcrt_session_read(session, info.name, nullptr, nullptr, bytes.data(),
                             bytes.size()));
    sum = addToSum(sum, bytes);
  }
  return sum;
}

static double getNorm(const Array &array) {
  std::string wide(
      array.bytes.size() / elementBytes(array.type) * sizeof(double), '\0');
  auto count = static_cast<int64_t>(wide.size() / sizeof(double));
  convert(array.type, array.bytes.data(), ElementType::F64, wide.data(), count);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    double value = 0;
    std::memcpy(&value, wide.data() + i * sizeof value, sizeof value);
    sum += value * value;
  }
  return std::sqrt(sum);
}

PackagedCheck runCheck(const mpcrt_executable *executable,
                       mpcrt_session *session, const PackageManifest &manifest,
                       int64_t steps) {
  const auto &training = manifest.training;
  ProgramRun program(executable, session, training ? "train_step" : "main");
  PackagedCheck result;
  result.steps = steps;
  for (int64_t step = 1; step <= steps; ++step) {
    program.drawInputs(manifest.inputs, manifest.seed, step);
    program.setStep(step, training ? training->learningRate : 0);
    program.run();
    if (training)
      result.values.push_back(getLoss(program));
  }
  if (training) {
    result.checksum = sumVariables(executable, session);
    return result;
  }
  for (const Array &array : program.getOutputs()) {
    result.values.push_back(getNorm(array));
    result.checksum = addToSum(result.checksum, array.bytes);
  }
  return result;
}

} // namespace mpcrt

//===- ProgramRun.h - A program with its arrays -----------------*- C++ -*-===//
//-*-===//
#ifndef MPCRT_PACKAGE_PROGRAMRUN_H
#define MPCRT_PACKAGE_PROGRAMRUN_H

#include "mpcrt/files/NPY.h"
#include "mpcrt/mpcrt.h"
#include "mpcrt/package/Manifest.h"

namespace mpcrt {

/// A run has failed: not the input's fault.
class RunFailure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Throws what a status says: RunFailure.
void check(mpcrt_status *status);

/// A tensor of the executable, with bytes for all of it.
Array makeArray(const mpcrt_tensor_info &info);

/// Runs one program again and again on the same arrays: a run allocates
/// nothing.
class ProgramRun {
public:
  /// Throws FileError where the executable has no such program.
  ProgramRun(const mpcrt_executable *executable, mpcrt_session *session,
             const std::string &name);

  /// Inputs that data give: all but the learning rate and the step's number.
  std::vector<Array *> getDataInputs();
  const std::vector<Array> &getOutputs() const { return outputs; }
  /// An f32 scalar that the program returns.
  double getScalar(const std::string &output) const;

  /// `step` counts from 1. Programs without these inputs ignore them.
  void setStep(int64_t step, double learningRate);
  /// Fills the data inputs with made-up numbers that `limits` allow.
  void drawInputs(const std::vector<PackagedInput> &limits, uint64_t seed,
                  int64_t step);
  void run();

private:
  mpcrt_session *session;
  int32_t index;
  std::vector<Array> inputs, outputs;
  std::vector<mpcrt_buffer> inputBuffers, outputBuffers;
};

/// The loss of a training step: the mean over what it has summed.
double getLoss(const ProgramRun &program);

/// The CRC-32 of all variables, in the executable's order.
uint32_t sumVariables(const mpcrt_executable *executable,
                      mpcrt_session *session);

} // namespace mpcrt

#endif // MPCRT_PACKAGE_PROGRAMRUN_H

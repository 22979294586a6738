//===- ProgramRunner.h - runs one program again and again -------*- C++ -*-===//
//
//   auto runner = ProgramRunner::create(setup, "train_step");
//   feed.fetch(indices, runner->getData());
//   runner->setStep(1, 0.01);
//   runner->run();
//   runner->getScalar("loss_sum");
//
//===----------------------------------------------------------------------===//

#ifndef MPC_DRIVER_PROGRAMRUNNER_H
#define MPC_DRIVER_PROGRAMRUNNER_H

#include "mpc/Data/Feed.h"
#include "mpc/Driver/Training.h"

namespace mpc {

/// A program with arrays for all inputs and outputs: a run allocates nothing.
class ProgramRunner {
public:
  static llvm::Expected<ProgramRunner> create(Setup &setup,
                                              std::string program);

  /// Inputs that data give: all but the learning rate and the step's number.
  llvm::ArrayRef<TensorInfo> getDataInputs() const { return dataInputs; }
  llvm::MutableArrayRef<data::HostArray> getData() { return data; }
  const data::HostArray *findData(llvm::StringRef name) const;
  /// The rows of each data input that this process's devices read: all of them
  /// where all devices are here.
  llvm::ArrayRef<data::RowRanges> getRows() const { return rows; }
  /// This process reads all rows of an input, for itself.
  void wantAllRows(llvm::StringRef name);

  /// `step` counts from 1. Programs without these inputs ignore them.
  void setStep(int64_t step, double learningRate);

  llvm::Error run();

  llvm::ArrayRef<TensorInfo> getOutputInfos() const { return outputInfos; }
  llvm::ArrayRef<data::HostArray> getOutputs() const { return outputs; }
  const data::HostArray *findOutput(llvm::StringRef name) const;
  /// An f32 scalar that the program returns.
  double getScalar(llvm::StringRef name) const;

private:
  explicit ProgramRunner(Setup &setup, std::string program)
      : setup(&setup), program(std::move(program)) {}

  Setup *setup;
  std::string program;
  std::vector<TensorInfo> dataInputs, outputInfos;
  /// Arrays share their bytes: `data` are some of `inputs`.
  std::vector<data::HostArray> inputs, data, outputs;
  std::vector<data::RowRanges> rows; // of `data`
  std::optional<data::HostArray> step, learningRate;
  std::vector<mpcrt_buffer> inputBuffers, outputBuffers;
};

} // namespace mpc

#endif

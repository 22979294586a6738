//===- Checkpoints.cpp - a setup's variables to and from files ------------===//

#include "mpc/Driver/Checkpoints.h"
#include "mpc/Driver/Model.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;

static constexpr int64_t checkpointsKept = 3;

static data::TensorSpec getSpec(VariableOp variable) {
  ArrayRef<int64_t> shape = variable.getFileShape();
  return {getFileName(variable),
          *data::elementTypeNamed(
              getDTypeName(variable.getTensorType().getElementType())),
          data::Shape(shape.begin(), shape.end())};
}

static std::vector<data::TensorSpec> getSpecs(Setup &setup) {
  std::vector<data::TensorSpec> specs;
  for (auto variable : setup.getVariables().getOps<VariableOp>())
    specs.push_back(getSpec(variable));
  return specs;
}

llvm::Error mpc::writeCheckpoint(Setup &setup, StringRef directory,
                                 const data::TrainingState &state) {
  auto writer =
      data::CheckpointWriter::create(directory, state, getSpecs(setup));
  if (!writer)
    return writer.takeError();
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    data::TensorSpec spec = getSpec(variable);
    llvm::Expected<HostArray> array =
        HostArray::allocate(spec.type, spec.shape);
    if (!array)
      return array.takeError();
    if (llvm::Error error = setup.getSession().read(variable.getSymName(),
                                                    array->mutableBytes()))
      return error;
    if (llvm::Error error = writer->write(spec.name, array->bytes()))
      return error;
  }
  return writer->commit(checkpointsKept);
}

llvm::Error mpc::restoreCheckpoint(Setup &setup,
                                   const data::Checkpoint &checkpoint) {
  if (llvm::Error error = checkpoint.checkTensors(getSpecs(setup)))
    return error;
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    llvm::Expected<HostArray> array =
        checkpoint.tensors().read(getFileName(variable));
    if (!array)
      return array.takeError();
    if (llvm::Error error =
            setup.getSession().write(variable.getSymName(), array->bytes()))
      return error;
  }
  return llvm::Error::success();
}

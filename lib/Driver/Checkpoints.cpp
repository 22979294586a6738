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

//===----------------------------------------------------------------------===//
// Back again, maybe to a run in another dtype
//===----------------------------------------------------------------------===//

/// The tensor from which a variable is restored. A run in f32 has written no
/// master; one in bf16 has the variable's value before rounding in it.
static std::string getStoredName(VariableOp variable,
                                 const data::SafetensorsFile &stored) {
  std::string own = getFileName(variable);
  auto same = dyn_cast<SameInitAttr>(variable.getInit());
  if (same && !stored.find(own))
    return getFileName(SymbolTable::lookupNearestSymbolFrom<VariableOp>(
        variable, same.getVariable()));
  std::string master = (variable.getSymName() + ".master").str();
  bool isNarrow = isNarrowFloat(variable.getTensorType().getElementType());
  return !isNarrow && stored.find(master) ? master : own;
}

/// The tensor's type in the file, if a run in another dtype has written it.
static data::ElementType getStoredType(const data::TensorSpec &spec,
                                       const data::SafetensorsFile &stored) {
  const data::TensorEntry *entry = stored.find(spec.name);
  for (auto type : {data::ElementType::F32, data::ElementType::BF16})
    if (entry && data::isFloat(spec.type) &&
        entry->dtype == data::safetensorsDtype(type))
      return type;
  return spec.type;
}

/// What the checkpoint should have.
static std::vector<data::TensorSpec>
getStoredSpecs(Setup &setup, const data::SafetensorsFile &stored) {
  std::vector<data::TensorSpec> specs;
  auto add = [&](data::TensorSpec spec, const std::string &name) {
    spec.name = name;
    spec.type = getStoredType(spec, stored);
    specs.push_back(std::move(spec));
  };
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    data::TensorSpec spec = getSpec(variable);
    add(spec, getStoredName(variable, stored));
    if (stored.find(spec.name))
      add(spec, spec.name);
  }
  return specs;
}

llvm::Error mpc::restoreCheckpoint(Setup &setup,
                                   const data::Checkpoint &checkpoint) {
  const data::SafetensorsFile &stored = checkpoint.tensors();
  if (llvm::Error error =
          checkpoint.checkTensors(getStoredSpecs(setup, stored)))
    return error;
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    llvm::Expected<HostArray> array =
        stored.read(getStoredName(variable, stored));
    if (!array)
      return array.takeError();
    llvm::Expected<HostArray> converted =
        array->convertedTo(getSpec(variable).type);
    if (!converted)
      return converted.takeError();
    if (llvm::Error error =
            setup.getSession().write(variable.getSymName(), converted->bytes()))
      return error;
  }
  return llvm::Error::success();
}

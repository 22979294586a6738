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

/// Boxes are those of the variable, which may be a view of the file's tensor.
static std::vector<data::TensorSpec> getSpecs(Setup &setup) {
  std::vector<data::TensorSpec> specs;
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    ArrayRef<int64_t> shape = variable.getTensorType().getShape();
    specs.push_back(getSpec(variable));
    specs.back().view = data::Shape(shape.begin(), shape.end());
  }
  return specs;
}

/// Writes the parts of all variables that devices of this process hold, and
/// calls `others` for those of other processes.
template <typename Writer>
static llvm::Error
writeShards(Setup &setup, Writer &writer,
            function_ref<llvm::Error(StringRef, const data::Box &)> others) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    data::TensorSpec spec = getSpec(variable);
    auto shards = setup.getSession().getShards(variable.getSymName());
    if (!shards)
      return shards.takeError();
    for (const VariableShard &shard : *shards) {
      data::Box box{data::Shape(shard.begin.begin(), shard.begin.end()),
                    data::Shape(shard.size.begin(), shard.size.end())};
      if (!shard.isHere) {
        if (llvm::Error error = others(spec.name, box))
          return error;
        continue;
      }
      auto array = HostArray::allocate(spec.type, shard.size);
      if (!array)
        return array.takeError();
      if (llvm::Error error = setup.getSession().readHere(
              variable.getSymName(), shard, array->mutableBytes()))
        return error;
      if (llvm::Error error = writer.writeBox(spec.name, box, array->bytes()))
        return error;
    }
  }
  return llvm::Error::success();
}

/// Helps to write the checkpoint of rank 0.
static llvm::Error joinCheckpoint(Setup &setup, const std::string &path) {
  auto writer = data::SafetensorsWriter::join(path, getSpecs(setup));
  if (!writer)
    return llvm::createStringError(
        toString(writer.takeError()) +
        "; the checkpoint directory must be the same for all processes");
  if (llvm::Error error =
          writeShards(setup, *writer, [](StringRef, const data::Box &) {
            return llvm::Error::success();
          }))
    return error;
  return writer->flush();
}

namespace {
/// A checkpoint that all processes write. Rank 0 creates and commits the file,
/// everybody writes what its devices hold. An error anywhere is everybody's,
/// and leaves the older checkpoints.
class SharedCheckpoint {
public:
  SharedCheckpoint(Setup &setup, World &world) : setup(setup), world(world) {}
  llvm::Error write(StringRef directory, const data::TrainingState &state);

private:
  llvm::Error create(StringRef directory, const data::TrainingState &state);
  llvm::Error writeParts(const std::string &path);

  Setup &setup;
  World &world;
  std::optional<data::CheckpointWriter> writer; // rank 0's
};
} // namespace

llvm::Error SharedCheckpoint::create(StringRef directory,
                                     const data::TrainingState &state) {
  if (!isRoot(&world))
    return llvm::Error::success();
  auto created =
      data::CheckpointWriter::create(directory, state, getSpecs(setup));
  if (!created)
    return created.takeError();
  writer.emplace(std::move(*created));
  return llvm::Error::success();
}

llvm::Error SharedCheckpoint::writeParts(const std::string &path) {
  if (!writer)
    return joinCheckpoint(setup, path);
  return writeShards(setup, *writer, [&](StringRef name, const data::Box &box) {
    return writer->expectBox(name, box);
  });
}

llvm::Error SharedCheckpoint::write(StringRef directory,
                                    const data::TrainingState &state) {
  if (llvm::Error error = world.joinErrors("the start of a checkpoint",
                                           create(directory, state)))
    return error;
  auto path = world.broadcast("the start of a checkpoint",
                              writer ? writer->temporaryPath() : "");
  if (!path)
    return path.takeError();
  if (llvm::Error error =
          world.joinErrors("the parts of a checkpoint", writeParts(*path)))
    return error;
  return world.joinErrors("the end of a checkpoint",
                          writer ? writer->commit(checkpointsKept)
                                 : llvm::Error::success());
}

llvm::Error mpc::writeCheckpoint(Setup &setup, StringRef directory,
                                 const data::TrainingState &state) {
  if (World *world = setup.getSession().getWorld())
    return SharedCheckpoint(setup, *world).write(directory, state);
  auto writer =
      data::CheckpointWriter::create(directory, state, getSpecs(setup));
  if (!writer)
    return writer.takeError();
  if (llvm::Error error =
          writeShards(setup, *writer, [](StringRef, const data::Box &) {
            return llvm::Error::success();
          }))
    return error;
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

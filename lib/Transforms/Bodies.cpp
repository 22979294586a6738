//===- Bodies.cpp - reading the bodies of a partitioned program -----------===//

#include "mpc/Transforms/Bodies.h"
#include "mpc/IR/ShardingProjection.h"
#include "mpc/IR/Tags.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mpc;
using schedule::ActionKind;

ActionKind mpc::getBodyKind(func::FuncOp body) {
  StringRef kind = body->getAttrOfType<StringAttr>(tags::kBody).getValue();
  for (ActionKind candidate :
       {ActionKind::Prepare, ActionKind::Forward, ActionKind::Backward,
        ActionKind::InputGrad, ActionKind::WeightGrad})
    if (schedule::kindName(candidate) == kind)
      return candidate;
  return ActionKind::Update;
}

int64_t mpc::getBodyStage(func::FuncOp body) {
  return body->getAttrOfType<IntegerAttr>(tags::kStage).getInt();
}

int64_t mpc::getBodyPart(func::FuncOp body) {
  return body->getAttrOfType<IntegerAttr>(tags::kPart).getInt();
}

static ArrayRef<int64_t> getList(func::FuncOp body, StringRef name) {
  auto list = body->getAttrOfType<DenseI64ArrayAttr>(name);
  return list ? list.asArrayRef() : ArrayRef<int64_t>();
}

SmallVector<BodyInstance> mpc::getInstances(func::FuncOp body) {
  SmallVector<BodyInstance> instances;
  ArrayRef<int64_t> pairs = getList(body, tags::kInstances);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2)
    instances.push_back({pairs[i], pairs[i + 1]});
  if (!pairs.empty())
    return instances;
  for (int64_t device : getList(body, tags::kDevices))
    for (int64_t micro : getList(body, tags::kMicros))
      instances.push_back({device, micro});
  return instances;
}

void mpc::setInstances(func::FuncOp body, ArrayRef<BodyInstance> instances) {
  llvm::SmallSetVector<int64_t, 8> devices, micros;
  SmallVector<int64_t> pairs;
  for (const BodyInstance &instance : instances) {
    devices.insert(instance.device);
    micros.insert(instance.micro);
    pairs.append({instance.device, instance.micro});
  }
  Builder builder(body.getContext());
  body->setAttr(tags::kDevices,
                builder.getDenseI64ArrayAttr(devices.getArrayRef()));
  body->setAttr(tags::kMicros,
                builder.getDenseI64ArrayAttr(micros.getArrayRef()));
  if (devices.size() * micros.size() != instances.size())
    body->setAttr(tags::kInstances, builder.getDenseI64ArrayAttr(pairs));
  else
    body->removeAttr(tags::kInstances);
}

static ArrayRef<int64_t> getPlacement(ModuleOp module) {
  auto placement = module->getAttrOfType<DenseI64ArrayAttr>(tags::kPlacement);
  return placement ? placement.asArrayRef() : ArrayRef<int64_t>();
}

int64_t mpc::getNumStages(ModuleOp module) {
  ArrayRef<int64_t> placement = getPlacement(module);
  return placement.empty()
             ? module->getAttrOfType<MeshAttr>(tags::kMesh).getSize("stage")
             : placement.size();
}

int64_t mpc::getGroupOfStage(ModuleOp module, int64_t stage) {
  ArrayRef<int64_t> placement = getPlacement(module);
  return placement.empty() ? stage : placement[stage];
}

SmallVector<int64_t> mpc::getGroupDevices(MeshAttr mesh, int64_t group) {
  SmallVector<int64_t> devices;
  for (int64_t device = 0; device < mesh.getNumDevices(); ++device)
    if (getCoordinates(mesh, device).lookup("stage") == group)
      devices.push_back(device);
  return devices;
}

//===- ProgramLayout.cpp - one program's actions and buffers --------------===//
//
// For every device: walk its action list, give every launch a position, collect
// the live intervals of all buffers over these positions, and lay them out.
//
//===----------------------------------------------------------------------===//

#include "ProgramLayout.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;
using schedule::Action;
using schedule::ActionKind;

namespace {
/// The layout of one device's list.
class DeviceLayout {
public:
  DeviceLayout(const ExecutableProgram &program, ArrayRef<LaunchBody> bodies,
               const std::map<BodyInstance, std::vector<int>> &instances,
               DeviceTable &devices, const FixedLayout &fixed, int group,
               int64_t member)
      : program(program), bodies(bodies), instances(instances),
        devices(devices), fixed(fixed), group(group), member(member),
        device(program.groups[group][member]) {}

  llvm::Expected<json> run(int64_t &arenaBytes) {
    // All variables, also those of other programs, and the workspace.
    if (int64_t reserved = fixed.getFirstFree(device)) {
      use(addBuffer(reserved), 0, 0);
      buffers.front().fixedOffset = 0;
    }
    for (auto [index, action] : llvm::enumerate(getList()))
      if (llvm::Error error = visit(index, action))
        return error;
    llvm::Expected<schedule::MemoryLayout> layout =
        schedule::layoutMemory(buffers);
    if (!layout)
      return layout.takeError();
    arenaBytes =
        std::max({arenaBytes, layout->bytes, fixed.getFirstFree(device)});
    json actions = json::array();
    for (auto &pending : pendings) {
      for (auto [key, buffer] : pending.places)
        pending.action[key] = getOffset(buffer, *layout);
      if (!pending.offsets.empty() || pending.action.contains("body")) {
        json offsets = json::array();
        for (auto [buffer, start] : pending.offsets)
          offsets.push_back(getOffset(buffer, *layout) + start);
        pending.action["offsets"] = std::move(offsets);
      }
      actions.push_back(std::move(pending.action));
    }
    return actions;
  }

private:
  /// An action whose offsets are known only after the layout.
  struct Pending {
    json action;
    /// Buffer of the layout, and bytes from its begin.
    std::vector<std::pair<int64_t, int64_t>> offsets;
    std::vector<std::pair<const char *, int64_t>> places;
  };

  const std::vector<Action> &getList() {
    return program.scheduled.schedule.lists[group];
  }

  int findBody(const Action &action, int64_t on) {
    auto it = instances.find({on, std::max(action.micro, 0)});
    if (it == instances.end())
      return -1;
    for (int index : it->second)
      if (matches(index, action.kind, action.chunk, action.part))
        return index;
    return -1;
  }
  bool matches(int index, ActionKind kind, int64_t stage, int64_t part) const;
  llvm::Error visit(size_t index, const Action &action);
  void visitBody(Pending &pending, const Action &action,
                 const LaunchBody &body);
  llvm::Error visitTransfer(Pending &pending, const Action &action);

  /// Variables have places already: encoded as -1 - offset among the indices.
  int64_t fixedBuffer(StringRef variable) {
    return -1 - fixed.variables[device].at(variable.str()).first;
  }
  int64_t getOffset(int64_t buffer, const schedule::MemoryLayout &layout) {
    return buffer < 0 ? -1 - buffer : layout.offsets[buffer];
  }
  /// A value by its name and, where every micro-batch has its own, that.
  using ValueKey = std::pair<std::string, int64_t>;
  ValueKey getKey(StringRef name, int64_t micro);
  int64_t valueBuffer(StringRef name, int64_t micro, int64_t bytes);
  void use(int64_t buffer, int64_t from, int64_t to) {
    if (buffer < 0)
      return;
    schedule::Buffer &used = buffers[buffer];
    used.first = std::min(used.first, from);
    used.last = std::max(used.last, to);
  }
  int64_t addBuffer(int64_t bytes) {
    schedule::Buffer buffer;
    buffer.bytes = bytes;
    buffer.alignment = fixed.alignment;
    buffer.first = INT64_MAX;
    buffer.last = -1;
    buffers.push_back(buffer);
    return buffers.size() - 1;
  }

public:
  /// Kinds, stages and parts of the bodies, in their order.
  std::vector<std::tuple<ActionKind, int64_t, int64_t>> keys;
  /// Values that exist once a micro-batch.
  llvm::StringSet<> perMicro;
  MeshAttr mesh;

private:
  const ExecutableProgram &program;
  ArrayRef<LaunchBody> bodies;
  const std::map<BodyInstance, std::vector<int>> &instances;
  DeviceTable &devices;
  const FixedLayout &fixed;
  int group;
  int64_t member, device;

  int64_t position = 0;
  std::vector<schedule::Buffer> buffers;
  std::map<ValueKey, int64_t> values;
  std::vector<Pending> pendings;
};
} // namespace

bool DeviceLayout::matches(int index, ActionKind kind, int64_t stage,
                           int64_t part) const {
  return keys[index] == std::tuple(kind, stage, part);
}

DeviceLayout::ValueKey DeviceLayout::getKey(StringRef name, int64_t micro) {
  bool isPerMicro = perMicro.contains(name);
  return {name.str(), isPerMicro ? std::max<int64_t>(micro, 0) : -1};
}

int64_t DeviceLayout::valueBuffer(StringRef name, int64_t micro,
                                  int64_t bytes) {
  auto [it, isNew] = values.try_emplace(getKey(name, micro), buffers.size());
  if (isNew)
    addBuffer(bytes);
  return it->second;
}

void DeviceLayout::visitBody(Pending &pending, const Action &action,
                             const LaunchBody &body) {
  for (const BodyBuffer &buffer : body.buffers) {
    int64_t index = 0, start = 0;
    switch (buffer.kind) {
    case BodyBuffer::Internal:
      index = addBuffer(buffer.bytes);
      break;
    case BodyBuffer::Variable:
      index = fixedBuffer(buffer.name);
      break;
    case BodyBuffer::Value:
      index = valueBuffer(buffer.name, action.micro, buffer.bytes);
      break;
    case BodyBuffer::Part:
      std::tie(index, start) = pending.offsets[buffer.whole];
      start += devices.evaluate(buffer.start, {device, action.micro}, mesh);
      break;
    }
    // An unused argument still has to lie somewhere.
    int64_t first = std::max<int64_t>(buffer.first, 0),
            last = std::max<int64_t>(buffer.last, 0);
    use(index, position + first, position + last);
    if (buffer.mayReuse >= 0 && index >= 0 &&
        buffers[index].first == position + first &&
        pending.offsets[buffer.mayReuse].first >= 0)
      buffers[index].mayReuse = pending.offsets[buffer.mayReuse].first;
    pending.offsets.push_back({index, start});
  }
  for (const auto &entry : body.renamed)
    values[getKey(entry.first(), action.micro)] =
        values.at(getKey(entry.second, action.micro));
  json scalars = json::array();
  for (const Scalar &scalar : body.scalars)
    scalars.push_back(devices.evaluate(scalar, {device, action.micro}, mesh));
  pending.action["scalars"] = std::move(scalars);
  position += std::max<size_t>(body.launches.size(), 1);
}

llvm::Error DeviceLayout::visitTransfer(Pending &pending,
                                        const Action &action) {
  const schedule::Edge &edge = program.scheduled.program.edges[action.edge];
  bool receives = action.kind == ActionKind::Recv;
  int64_t peer =
      program.groups[receives ? action.fromGroup : action.toGroup][member];
  pending.action["channel"] = receives ? devices.getChannel(peer, device)
                                       : devices.getChannel(device, peer);
  pending.action["tag"] =
      action.edge *
          static_cast<int64_t>(program.scheduled.schedule.numMicroBatches + 1) +
      action.micro + 1;
  // Both ends have the same shapes: they stand at the same place of their
  // submesh.
  const schedule::Body &producer =
      program.scheduled.program.bodies[edge.producer];
  Action produced;
  produced.kind = producer.kind;
  produced.chunk = producer.chunk;
  produced.part = producer.part;
  produced.micro = action.micro;
  int64_t sender = receives ? peer : device;
  int index = findBody(produced, sender);
  if (index < 0)
    return llvm::createStringError("no body produces '" + edge.name + "'");
  auto alias = bodies[index].aliases.find(edge.name);
  int64_t bytes = -1;
  if (alias != bodies[index].aliases.end()) {
    bytes = fixed.variables[sender].at(alias->second).second;
  } else {
    auto renamed = bodies[index].renamed.find(edge.name);
    StringRef name = renamed == bodies[index].renamed.end()
                         ? StringRef(edge.name)
                         : StringRef(renamed->second);
    for (const BodyBuffer &buffer : bodies[index].buffers)
      if (buffer.kind == BodyBuffer::Value && buffer.name == name)
        bytes = buffer.bytes;
  }
  if (bytes < 0)
    return llvm::createStringError("body '" + bodies[index].name +
                                   "' does not produce '" + edge.name + "'");
  bool isVariable = alias != bodies[index].aliases.end() && !receives;
  int64_t buffer = isVariable ? fixedBuffer(alias->second)
                              : valueBuffer(edge.name, action.micro, bytes);
  use(buffer, position, position);
  if (action.kind != ActionKind::WaitSend) {
    pending.action["bytes"] = bytes;
    pending.places.push_back({"offset", buffer});
  }
  ++position;
  return llvm::Error::success();
}

llvm::Error DeviceLayout::visit(size_t index, const Action &action) {
  Pending pending;
  pending.action = {{"id", program.getActionId(group, index, member)},
                    {"kind", schedule::kindName(action.kind).str()},
                    {"chunk", action.chunk},
                    {"micro", action.micro}};
  if (schedule::isTransfer(action.kind)) {
    if (llvm::Error error = visitTransfer(pending, action))
      return error;
  } else {
    int body = findBody(action, device);
    if (body < 0)
      return llvm::createStringError("no local body for '" +
                                     schedule::toText(action) + "' on device " +
                                     llvm::Twine(device));
    pending.action["body"] = body;
    visitBody(pending, action, bodies[body]);
  }
  pendings.push_back(std::move(pending));
  return llvm::Error::success();
}

static json describeTensors(ArrayAttr names, ArrayAttr types) {
  json list = json::array();
  for (auto [name, type] : llvm::zip_equal(names.getAsRange<StringAttr>(),
                                           types.getAsRange<TypeAttr>())) {
    auto tensor = cast<RankedTensorType>(type.getValue());
    list.push_back({{"name", name.str()},
                    {"dtype", getDTypeName(tensor.getElementType())},
                    {"shape", std::vector<int64_t>(tensor.getShape().begin(),
                                                   tensor.getShape().end())}});
  }
  return list;
}

/// Values that exist once a micro-batch, by the bodies that return them.
static llvm::StringSet<> getPerMicroValues(ArrayRef<func::FuncOp> functions) {
  llvm::StringSet<> values;
  for (func::FuncOp function : functions)
    for (unsigned i = 0; i < function.getNumResults(); ++i)
      if (schedule::isPerMicro(getBodyKind(function)) &&
          !function.getResultAttr(i, tags::kAccumulate))
        values.insert(function.getResultAttrOfType<StringAttr>(i, tags::kValue)
                          .getValue());
  return values;
}

FailureOr<json>
mpc::layoutProgram(ProgramOp op, const ExecutableProgram &program,
                   ArrayRef<LaunchBody> bodies,
                   ArrayRef<func::FuncOp> functions, DeviceTable &devices,
                   const FixedLayout &fixed, std::vector<int64_t> &arenaBytes) {
  std::map<BodyInstance, std::vector<int>> instances;
  std::vector<std::tuple<ActionKind, int64_t, int64_t>> keys;
  for (auto [index, function] : llvm::enumerate(functions)) {
    keys.push_back(
        {getBodyKind(function), getBodyStage(function), getBodyPart(function)});
    for (const BodyInstance &instance : getInstances(function))
      instances[instance].push_back(index);
  }
  json deviceList = json::array();
  for (int64_t device = 0; device < devices.getMesh().getNumDevices(); ++device)
    deviceList.push_back({{"actions", json::array()}});
  llvm::StringSet<> perMicro = getPerMicroValues(functions);
  for (size_t group = 0; group < program.groups.size(); ++group) {
    for (size_t member = 0; member < program.groups[group].size(); ++member) {
      DeviceLayout layout(program, bodies, instances, devices, fixed, group,
                          member);
      layout.keys = keys;
      layout.perMicro = perMicro;
      layout.mesh = op.getMesh();
      int64_t device = program.groups[group][member];
      llvm::Expected<json> actions = layout.run(arenaBytes[device]);
      if (!actions)
        return op.emitError() << llvm::toString(actions.takeError());
      deviceList[device]["actions"] = std::move(*actions);
    }
  }
  json bodyList = json::array();
  for (const LaunchBody &body : bodies) {
    json sizes = json::array();
    for (const BodyBuffer &buffer : body.buffers)
      sizes.push_back(buffer.bytes);
    bodyList.push_back(
        {{"name", body.name}, {"buffers", sizes}, {"launches", body.launches}});
  }
  return json{
      {"name", op.getSymName().str()},
      {"inputs", describeTensors(op.getInputNames(), op.getInputTypes())},
      {"outputs", describeTensors(op.getOutputNames(), op.getOutputTypes())},
      {"bodies", std::move(bodyList)},
      {"devices", std::move(deviceList)}};
}

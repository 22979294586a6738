//===- Executable.cpp - a partitioned module, ready to run ----------------===//

#include "mpc/Executable/Executable.h"
#include "ProgramLayout.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

namespace {
class ExecutableBuilder {
public:
  ExecutableBuilder(ArrayRef<ModuleOp> modules, ExecutableTarget &target)
      : modules(modules), target(target),
        devices(modules.front()->getAttrOfType<MeshAttr>(tags::kMesh)),
        numDevices(devices.getMesh().getNumDevices()) {}

  FailureOr<Executable> build();

private:
  /// A program before its layout.
  struct Part {
    ProgramOp op;
    ExecutableProgram program;
    SmallVector<func::FuncOp> functions;
    std::vector<LaunchBody> bodies;
  };
  LogicalResult lower(ProgramOp op);
  void placeVariables();
  void placeWorkspace();

  ArrayRef<ModuleOp> modules;
  ExecutableTarget &target;
  DeviceTable devices;
  int64_t numDevices;
  llvm::MapVector<std::string, int64_t, std::map<std::string, unsigned>>
      symbols;
  std::vector<Part> parts;
  FixedLayout fixed;
  json variables = json::array();
};
} // namespace

LogicalResult ExecutableBuilder::lower(ProgramOp op) {
  Part part{op, {}, {}, {}};
  part.program.name = op.getSymName().str();
  FailureOr<ScheduledProgram> scheduled = scheduleProgram(op);
  if (failed(scheduled))
    return failure();
  part.program.scheduled = std::move(*scheduled);
  for (int64_t group = 0; group < op.getMesh().getSize("stage"); ++group) {
    SmallVector<int64_t> members = getGroupDevices(op.getMesh(), group);
    part.program.groups.emplace_back(members.begin(), members.end());
  }
  auto module = op->getParentOfType<ModuleOp>();
  LaunchContext context{target, symbols, op, {}};
  for (auto symbol : op.getBodies().getAsRange<FlatSymbolRefAttr>())
    part.functions.push_back(
        module.lookupSymbol<func::FuncOp>(symbol.getValue()));
  for (func::FuncOp function : part.functions)
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (auto name = function.getArgAttrOfType<StringAttr>(i, tags::kValue))
        context.consumed.insert(name.getValue());
  for (func::FuncOp function : part.functions) {
    FailureOr<LaunchBody> body = buildLaunchBody(function, context);
    if (failed(body))
      return failure();
    part.bodies.push_back(std::move(*body));
  }
  parts.push_back(std::move(part));
  return success();
}

/// Variables come first in the arena, in their order in the module, so that
/// they stand at one place in all programs.
void ExecutableBuilder::placeVariables() {
  MeshAttr mesh = devices.getMesh();
  fixed.alignment = target.getAlignment();
  fixed.variables.resize(numDevices);
  fixed.end.assign(numDevices, 0);
  fixed.workspace.assign(numDevices, 0);
  ModuleOp first = modules.front();
  for (auto variable : first.getOps<VariableOp>()) {
    RankedTensorType type = variable.getTensorType();
    ShardingAttr sharding =
        variable.getSharding()
            ? *variable.getSharding()
            : ShardingAttr::replicated(type.getContext(), type.getRank());
    auto stage = variable->getAttrOfType<IntegerAttr>(tags::kStage);
    json shards = json::array();
    int64_t group = getGroupOfStage(first, stage ? stage.getInt() : 0);
    for (int64_t device : getGroupDevices(mesh, group)) {
      Coordinates coordinates = getCoordinates(mesh, device);
      json begin = json::array(), size = json::array();
      for (auto [extent, dim] :
           llvm::zip_equal(type.getShape(), sharding.getDims())) {
        Range range = getLocalRange(extent, dim, mesh, coordinates);
        begin.push_back(range.begin);
        size.push_back(range.size);
      }
      int64_t bytes =
          getByteSize(getLocalType(type, sharding, mesh, coordinates));
      int64_t offset = fixed.end[device];
      fixed.variables[device][variable.getSymName().str()] = {offset, bytes};
      fixed.end[device] = fixed.alignUp(offset + bytes);
      shards.push_back({{"device", device},
                        {"offset", offset},
                        {"begin", begin},
                        {"size", size}});
    }
    variables.push_back({{"name", variable.getSymName().str()},
                         {"dtype", getDTypeName(type.getElementType())},
                         {"shape", std::vector<int64_t>(type.getShape().begin(),
                                                        type.getShape().end())},
                         {"shards", std::move(shards)}});
  }
}

void ExecutableBuilder::placeWorkspace() {
  for (Part &part : parts) {
    for (auto [body, function] : llvm::zip_equal(part.bodies, part.functions)) {
      int64_t bytes = fixed.alignUp(body.workspaceBytes);
      for (const BodyInstance &instance : getInstances(function))
        fixed.workspace[instance.device] =
            std::max(fixed.workspace[instance.device], bytes);
    }
  }
}

FailureOr<Executable> ExecutableBuilder::build() {
  for (ModuleOp module : modules)
    for (auto op : module.getOps<ProgramOp>())
      if (failed(lower(op)))
        return failure();
  placeVariables();
  placeWorkspace();

  Executable result;
  result.arenaBytes.assign(numDevices, 0);
  result.variableBytes = fixed.end;
  json programs = json::array();
  for (Part &part : parts) {
    FailureOr<json> entry =
        layoutProgram(part.op, part.program, part.bodies, part.functions,
                      devices, fixed, result.arenaBytes);
    if (failed(entry))
      return failure();
    programs.push_back(std::move(*entry));
    result.programs.push_back(std::move(part.program));
  }
  json arenas = json::array();
  for (int64_t device = 0; device < numDevices; ++device) {
    result.arenaBytes[device] = fixed.alignUp(
        std::max(result.arenaBytes[device], fixed.getFirstFree(device)));
    json arena = {{"bytes", result.arenaBytes[device]}};
    if (fixed.workspace[device] > 0)
      arena["workspace"] = {{"offset", fixed.end[device]},
                            {"bytes", fixed.workspace[device]}};
    arenas.push_back(std::move(arena));
  }
  json kernels = json::array();
  for (const auto &[symbol, index] : symbols)
    kernels.push_back(target.describeKernel(symbol));
  result.manifest = {{"version", MPCRT_ABI_VERSION},
                     {"target", target.getName().str()},
                     {"kernels", kernels},
                     {"arenas", arenas},
                     {"variables", variables},
                     {"groups", devices.getGroups()},
                     {"channels", devices.getChannels()},
                     {"programs", programs}};
  return result;
}

FailureOr<Executable> mpc::buildExecutable(ArrayRef<ModuleOp> modules,
                                           ExecutableTarget &target) {
  return ExecutableBuilder(modules, target).build();
}

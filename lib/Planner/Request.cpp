//===- Request.cpp - options, resolved ------------------------------------===//

#include "Request.h"
#include "mpc/Schedule/Generators.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mpc;

static constexpr int64_t kMaxDevices = 1 << 17;
/// Where a split is asked for and nothing says in how many parts.
static constexpr int64_t kAssumedDevices = 4;

int64_t mpc::getProduct(const Mesh &mesh) {
  int64_t product = 1;
  for (const auto &[name, size] : mesh)
    product *= size;
  return product;
}

/// "data:2,stage:2"; axes of size 1 are dropped.
static llvm::Expected<Mesh> parseMesh(llvm::StringRef text) {
  Mesh mesh;
  llvm::SmallVector<llvm::StringRef> items;
  text.split(items, ',');
  std::set<std::string> seen;
  for (llvm::StringRef item : items) {
    auto [name, sizeText] = item.trim().split(':');
    int64_t size = 0;
    if (!llvm::is_contained({"data", "stage", "tensor", "expert", "context"},
                            name))
      return llvm::createStringError(
          "--mesh: unknown axis '" + name +
          "', expected data, stage, tensor, expert or context");
    if (sizeText.getAsInteger(10, size) || size < 1 || size > kMaxDevices)
      return llvm::createStringError("--mesh: expected axis '" + name +
                                     ":N' with N from 1 to 131072, found '" +
                                     item + "'");
    if (!seen.insert(name.str()).second)
      return llvm::createStringError("--mesh: axis '" + name +
                                     "' is named twice");
    if (size > 1)
      mesh.push_back({name.str(), size});
    if (getProduct(mesh) > kMaxDevices)
      return llvm::createStringError("--mesh: '" + text +
                                     "' has more than 131072 devices");
  }
  return mesh;
}

static std::string getAxisOfKind(const std::string &kind) {
  if (kind == "layer" || kind == "pipeline")
    return "stage";
  return kind == "tensor" || kind == "data" ? kind : "";
}

static llvm::Error checkOptions(const PartitionOptions &options) {
  if (!llvm::is_contained(
          {"", "none", "layer", "tensor", "pipeline", "data", "auto"},
          options.partition))
    return llvm::createStringError(
        "--partition: unknown kind '" + options.partition +
        "', expected none, layer, tensor, pipeline, data or auto");
  if (options.devices < 0 || options.devices > kMaxDevices)
    return llvm::createStringError("--devices: expected 1 to 131072, found " +
                                   llvm::Twine(options.devices));
  if (options.microBatches < 0 || options.microBatches > 1 << 16)
    return llvm::createStringError(
        "--micro-batches: expected 1 to 65536, found " +
        llvm::Twine(options.microBatches));
  if (options.zero < options.kChosenZero || options.zero > kMaxZero)
    return llvm::createStringError("--zero: expected 0 to 3, found " +
                                   llvm::Twine(options.zero));
  if (!options.recompute.empty() && !parseRecompute(options.recompute))
    return llvm::createStringError("--recompute: expected none, selective or "
                                   "full, found '" +
                                   options.recompute + "'");
  if (options.zeroMinBytes < 0)
    return llvm::createStringError(
        "--zero-min-bytes: expected at least 0, found " +
        llvm::Twine(options.zeroMinBytes));
  if (options.schedule.empty())
    return llvm::Error::success();
  llvm::Expected<schedule::Schedule> known =
      schedule::isScheduleFile(options.schedule)
          ? schedule::readSchedule(options.schedule)
          : schedule::makeSchedule(options.schedule, 1, 1);
  if (!known)
    return llvm::createStringError("--schedule: " +
                                   llvm::toString(known.takeError()));
  return llvm::Error::success();
}

namespace {
class Resolver {
public:
  Resolver(const PartitionOptions &options, ModuleOp module)
      : options(options), module(module) {}

  llvm::Expected<Request> run() {
    if (llvm::Error error = checkOptions(options))
      return error;
    for (auto step : {&Resolver::resolveMesh, &Resolver::resolveCluster,
                      &Resolver::resolveDevices, &Resolver::resolveKind})
      if (llvm::Error error = (this->*step)())
        return error;
    return std::move(request);
  }

private:
  llvm::Error resolveMesh();
  llvm::Error resolveCluster();
  llvm::Error resolveMachine();
  llvm::Error resolveDevices();
  llvm::Error resolveKind();

  const PartitionOptions &options;
  ModuleOp module;
  Request request;
  bool hasCluster = false;
};
} // namespace

llvm::Error Resolver::resolveMesh() {
  if (options.mesh.empty())
    return llvm::Error::success();
  llvm::Expected<Mesh> mesh = parseMesh(options.mesh);
  if (!mesh)
    return mesh.takeError();
  request.mesh = std::move(*mesh);
  if (options.devices && options.devices != getProduct(request.mesh))
    return llvm::createStringError("--mesh: '" + options.mesh + "' has " +
                                   llvm::Twine(getProduct(request.mesh)) +
                                   " devices, --devices says " +
                                   llvm::Twine(options.devices));
  return llvm::Error::success();
}

/// The option, else the module's own `mpc.cluster` attribute.
llvm::Error Resolver::resolveCluster() {
  std::string name = options.cluster;
  if (auto own = module->getAttrOfType<StringAttr>("mpc.cluster");
      own && name.empty())
    name = own.str();
  if (name.empty())
    return llvm::Error::success();
  llvm::Expected<Cluster> cluster = getCluster(name);
  if (!cluster)
    return cluster.takeError();
  request.cluster = std::move(*cluster);
  hasCluster = true;
  return llvm::Error::success();
}

/// What the virtual devices are.
llvm::Error Resolver::resolveMachine() {
  if (options.machine.empty()) {
    request.cluster = makeVirtualCluster(request.devices);
    return llvm::Error::success();
  }
  llvm::Expected<Cluster> machine = getCluster(options.machine);
  if (!machine)
    return machine.takeError();
  request.cluster = makeVirtualCluster(*machine, request.devices);
  return llvm::Error::success();
}

llvm::Error Resolver::resolveDevices() {
  int64_t &devices = request.devices;
  if (options.devices) {
    devices = options.devices;
  } else if (!options.mesh.empty()) {
    devices = getProduct(request.mesh);
  } else if (options.partition == "none") {
    devices = 1;
  } else if (hasCluster) {
    devices = request.cluster.getNumDevices();
  } else if (!options.partition.empty()) {
    devices = kAssumedDevices;
    request.notes.push_back("no --devices given: assuming " +
                            std::to_string(devices) +
                            " virtual devices on this machine");
  }
  if (hasCluster && devices > request.cluster.getNumDevices())
    return llvm::make_error<InfeasiblePlan>(
        llvm::Twine(devices) + " devices asked for, cluster '" +
        request.cluster.name + "' has " +
        llvm::Twine(request.cluster.getNumDevices()));
  request.isVirtual = !hasCluster;
  return hasCluster ? llvm::Error::success() : resolveMachine();
}

llvm::Error Resolver::resolveKind() {
  request.kind = options.partition;
  bool hasMesh = !options.mesh.empty();
  if (request.kind.empty())
    request.kind = hasMesh ? "mesh" : request.devices == 1 ? "none" : "auto";
  if (request.kind == "auto" && hasMesh)
    request.kind = "mesh";
  if (request.kind == "none") {
    if (request.devices > 1)
      request.notes.push_back("partition 'none' uses 1 of " +
                              std::to_string(request.devices) + " devices");
    request.mesh.clear();
    return llvm::Error::success();
  }
  std::string axis = getAxisOfKind(request.kind);
  if (axis.empty())
    return llvm::Error::success();
  if (!hasMesh && request.devices > 1)
    request.mesh = {{axis, request.devices}};
  bool hasAxis = llvm::any_of(
      request.mesh, [&](const auto &item) { return item.first == axis; });
  if (hasMesh && !hasAxis && request.devices > 1)
    return llvm::createStringError("--mesh: partition '" + request.kind +
                                   "' needs axis '" + axis + "', found '" +
                                   options.mesh + "'");
  return llvm::Error::success();
}

llvm::Expected<Request> mpc::resolve(const PartitionOptions &options,
                                     ModuleOp module) {
  return Resolver(options, module).run();
}

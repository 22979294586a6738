//===- ManifestParser.cpp - The manifest's outer structure ----------------===//
#include "DType.h"
#include "Parsing.h"
#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

namespace mpcrt {

static TensorInfo parseTensor(const JsonNode &node) {
  TensorInfo tensor;
  tensor.name = node["name"].string();
  tensor.dtype = parseDTypeField(node["dtype"]);
  tensor.shape = parseShape(node["shape"]);
  tensor.bytes =
      checkedMul(elementCount(tensor.shape), dtypeBytes(tensor.dtype));
  return tensor;
}

static std::vector<TensorInfo> parseTensors(const JsonNode &node) {
  std::vector<TensorInfo> tensors;
  for (size_t i = 0; i < node.size(); ++i) {
    node[i].allowOnly({"name", "dtype", "shape"});
    tensors.push_back(located(node[i], [&] { return parseTensor(node[i]); }));
  }
  return tensors;
}

static Arena parseArena(const JsonNode &node) {
  node.allowOnly({"bytes", "workspace"});
  Arena arena;
  arena.bytes = node["bytes"].integer();
  if (!node.has("workspace"))
    return arena;
  JsonNode workspace = node["workspace"];
  workspace.allowOnly({"offset", "bytes"});
  arena.workspaceOffset = workspace["offset"].integer();
  arena.workspaceBytes = workspace["bytes"].integer();
  if (arena.workspaceOffset % 64 != 0)
    workspace["offset"].error("is not a multiple of 64");
  if (checkedAdd(arena.workspaceOffset, arena.workspaceBytes) > arena.bytes)
    workspace.error(text("leaves the arena of ", arena.bytes, " bytes"));
  return arena;
}

static Shard parseShard(const JsonNode &node, const Manifest &manifest,
                        const TensorInfo &tensor) {
  node.allowOnly({"device", "offset", "begin", "size"});
  Shard shard;
  shard.device = node["device"].index(manifest.arenas.size(), "device");
  shard.offset = node["offset"].integer();
  shard.begin = node["begin"].integers();
  shard.size = node["size"].integers(1);
  size_t rank = tensor.shape.size();
  if (shard.begin.size() != rank || shard.size.size() != rank)
    node.error(text("'begin' and 'size' need ", rank, " entries"));
  for (size_t i = 0; i < rank; ++i)
    if (checkedAdd(shard.begin[i], shard.size[i]) > tensor.shape[i])
      node.error(text("leaves dimension ", i, " of '", tensor.name,
                      "', which is ", tensor.shape[i]));
  const Arena &arena = manifest.arenas[shard.device];
  int64_t bytes =
      checkedMul(elementCount(shard.size), dtypeBytes(tensor.dtype));
  checkRange(node["offset"], arena, shard.offset, bytes);
  return shard;
}

static bool disjoint(const Shard &a, const Shard &b) {
  for (size_t i = 0; i < a.begin.size(); ++i)
    if (a.begin[i] + a.size[i] <= b.begin[i] ||
        b.begin[i] + b.size[i] <= a.begin[i])
      return true;
  return false;
}

/// Shards are replicas of each other or disjoint, and leave no gap.
static void checkCover(const JsonNode &node, const Variable &variable) {
  std::vector<const Shard *> distinct;
  int64_t covered = 0;
  for (const Shard &shard : variable.shards) {
    bool replica =
        std::any_of(distinct.begin(), distinct.end(), [&](const Shard *s) {
          return s->begin == shard.begin && s->size == shard.size;
        });
    if (replica)
      continue;
    for (const Shard *other : distinct)
      if (!disjoint(*other, shard))
        node.error("two shards overlap without being equal");
    distinct.push_back(&shard);
    covered += elementCount(shard.size);
  }
  if (covered != elementCount(variable.tensor.shape))
    node.error(text("the shards hold ", covered, " elements of ",
                    elementCount(variable.tensor.shape)));
}

static Variable parseVariable(const JsonNode &node, const Manifest &manifest) {
  node.allowOnly({"name", "dtype", "shape", "shards"});
  Variable variable;
  variable.tensor = parseTensor(node);
  JsonNode shards = node["shards"];
  for (size_t i = 0; i < shards.size(); ++i)
    variable.shards.push_back(parseShard(shards[i], manifest, variable.tensor));
  checkCover(shards, variable);
  return variable;
}

static std::vector<Index> parseGroup(const JsonNode &node, size_t devices) {
  std::vector<Index> group;
  for (size_t i = 0; i < node.size(); ++i) {
    group.push_back(node[i].index(devices, "device"));
    if (std::count(group.begin(), group.end(), group.back()) > 1)
      node[i].error(text("device ", group.back(), " is listed twice"));
  }
  if (group.empty())
    node.error("is empty");
  return group;
}

static Channel parseChannel(const JsonNode &node, size_t devices) {
  node.allowOnly({"from", "to"});
  Channel channel;
  channel.from = node["from"].index(devices, "device");
  channel.to = node["to"].index(devices, "device");
  if (channel.from == channel.to)
    node.error("leads from a device to itself");
  return channel;
}

static Body parseBody(const JsonNode &node, Manifest &manifest,
                      const Program &program) {
  node.allowOnly({"name", "buffers", "launches"});
  Body body;
  body.name = node["name"].string();
  body.bufferBytes = node["buffers"].integers();
  JsonNode launches = node["launches"];
  for (size_t i = 0; i < launches.size(); ++i)
    body.launches.push_back(located(launches[i], [&] {
      return parseLaunch(launches[i], {manifest, program, body});
    }));
  return body;
}

static void checkIds(const JsonNode &node, const Program &program) {
  std::set<int64_t> ids;
  for (const std::vector<Action> &actions : program.devices)
    for (const Action &action : actions)
      if (!ids.insert(action.id).second)
        node.error(text("action id ", action.id, " occurs twice"));
}

static void orderContributions(Program &program) {
  const auto &list = program.contributions;
  auto key = [&](Index i) {
    return std::tuple(list[i].device, list[i].micro, i);
  };
  program.contributionOrder.resize(list.size());
  std::iota(program.contributionOrder.begin(), program.contributionOrder.end(),
            0);
  std::sort(program.contributionOrder.begin(), program.contributionOrder.end(),
            [&](Index a, Index b) { return key(a) < key(b); });
}

static Program parseProgram(const JsonNode &node, Manifest &manifest) {
  node.allowOnly({"name", "inputs", "outputs", "bodies", "devices"});
  Program program;
  program.name = node["name"].string();
  program.inputs = parseTensors(node["inputs"]);
  program.outputs = parseTensors(node["outputs"]);
  JsonNode bodies = node["bodies"], devices = node["devices"];
  for (size_t i = 0; i < bodies.size(); ++i)
    program.bodies.push_back(parseBody(bodies[i], manifest, program));
  if (devices.size() != manifest.arenas.size())
    devices.error(text("expected ", manifest.arenas.size(),
                       " entries, one an arena, found ", devices.size()));
  program.devices.resize(devices.size());
  for (size_t d = 0; d < devices.size(); ++d) {
    JsonNode device = devices[d];
    device.allowOnly({"actions"});
    JsonNode actions = device["actions"];
    for (size_t i = 0; i < actions.size(); ++i)
      program.devices[d].push_back(
          parseAction(actions[i], manifest, program, static_cast<Index>(d)));
    planReceives(program, program.devices[d]);
  }
  matchMessages(node, manifest, program);
  checkIds(node, program);
  checkFetches(node, program);
  orderContributions(program);
  return program;
}

template <typename List>
static void checkNames(const JsonNode &node, const List &list, auto nameOf) {
  std::set<std::string> names;
  for (const auto &item : list)
    if (!names.insert(nameOf(item)).second)
      node.error(text("'", nameOf(item), "' occurs twice"));
}

static Manifest parseRoot(const JsonNode &root) {
  int64_t version = root["version"].integer();
  if (version != MPCRT_ABI_VERSION)
    root["version"].error(text("this runtime reads version ", MPCRT_ABI_VERSION,
                               ", found ", version,
                               "; compile the model again"));
  root.allowOnly({"version", "target", "kernels", "arenas", "variables",
                  "groups", "channels", "programs", "modules"});
  Manifest manifest;
  manifest.target = root["target"].string();
  JsonNode kernels = root["kernels"], arenas = root["arenas"],
           variables = root["variables"], groups = root["groups"],
           channels = root["channels"], programs = root["programs"];
  if (root.has("modules")) {
    JsonNode modules = root["modules"];
    for (size_t i = 0; i < modules.size(); ++i)
      manifest.modules.push_back(parseModule(modules[i]));
  }
  for (size_t i = 0; i < kernels.size(); ++i)
    manifest.kernels.push_back(parseKernel(kernels[i], manifest));
  for (size_t i = 0; i < arenas.size(); ++i)
    manifest.arenas.push_back(
        located(arenas[i], [&] { return parseArena(arenas[i]); }));
  if (manifest.arenas.empty())
    arenas.error("an executable needs at least one device");
  for (size_t i = 0; i < variables.size(); ++i)
    manifest.variables.push_back(located(
        variables[i], [&] { return parseVariable(variables[i], manifest); }));
  checkNames(variables, manifest.variables,
             [](const Variable &v) { return v.tensor.name; });
  size_t devices = manifest.arenas.size();
  for (size_t i = 0; i < groups.size(); ++i)
    manifest.groups.push_back(parseGroup(groups[i], devices));
  for (size_t i = 0; i < channels.size(); ++i)
    manifest.channels.push_back(parseChannel(channels[i], devices));
  for (size_t i = 0; i < programs.size(); ++i)
    manifest.programs.push_back(parseProgram(programs[i], manifest));
  checkNames(programs, manifest.programs,
             [](const Program &p) { return p.name; });
  return manifest;
}

Manifest parseManifest(std::string_view source) {
  try {
    nlohmann::json document = nlohmann::json::parse(source);
    return parseRoot(JsonNode(document));
  } catch (const nlohmann::json::exception &e) {
    fail(MPCRT_BAD_MANIFEST, e.what());
  }
}

} // namespace mpcrt

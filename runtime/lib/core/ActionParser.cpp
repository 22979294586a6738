//===- ActionParser.cpp - Actions, checked against body and arena ---------===//
#include "Collective.h"
#include "DType.h"
#include "Parsing.h"
#include <algorithm>

namespace mpcrt {

static constexpr const char *kindNames[] = {
    "prepare", "forward", "backward", "input_grad", "weight_grad",
    "update",  "send",    "recv",     "wait_send"};

const char *actionKindName(ActionKind kind) {
  return kindNames[static_cast<size_t>(kind)];
}

static ActionKind parseKind(const JsonNode &node) {
  for (size_t i = 0; i < std::size(kindNames); ++i)
    if (node.string() == kindNames[i])
      return static_cast<ActionKind>(i);
  node.error(text("unknown action kind '", node.string(), "'"));
}

static bool overlap(int64_t a, int64_t aBytes, int64_t b, int64_t bBytes) {
  return aBytes > 0 && bBytes > 0 && a < b + bBytes && b < a + aBytes;
}

void checkRange(const JsonNode &node, const Arena &arena, int64_t offset,
                int64_t bytes) {
  if (offset % 64 != 0)
    node.error(text("offset ", offset, " is not a multiple of 64"));
  if (checkedAdd(offset, bytes) > arena.bytes)
    node.error(text("[", offset, ", ", offset + bytes, ") leaves the arena of ",
                    arena.bytes, " bytes"));
  if (overlap(offset, bytes, arena.workspaceOffset, arena.workspaceBytes))
    node.error(text("[", offset, ", ", offset + bytes,
                    ") overlaps the arena's workspace"));
}

namespace {
/// Checks what of a body's launches depends on the action: its scalars.
class InstanceCheck {
public:
  InstanceCheck(const JsonNode &node, const Manifest &manifest,
                Program &program, Index device, Action &action)
      : node(node), manifest(manifest), program(program), device(device),
        action(action) {}

  void operator()(const KernelLaunch &) {}
  void operator()(const MatmulLaunch &) {}
  void operator()(const AttentionLaunch &) {}
  void operator()(const CopyLaunch &launch) {
    if (launch.srcStart < 0)
      return;
    int64_t start = action.scalars[launch.srcStart];
    if (start < 0 || start > launch.srcSlack / launch.elementBytes)
      node.error(
          text("a copy that starts at element ", start, " leaves its source"));
  }
  void operator()(const FillLaunch &) {}
  void operator()(const FeedLaunch &launch) {
    checkBox(launch.box, program.inputs[launch.box.tensor]);
  }
  void operator()(const FetchLaunch &launch) {
    const TensorInfo &tensor = program.outputs[launch.box.tensor];
    std::vector<int64_t> begin = checkBox(launch.box, tensor);
    if (launch.accumulation >= 0)
      addContribution(launch, std::move(begin), dtypeBytes(tensor.dtype));
  }
  void operator()(const CollectiveLaunch &launch);
  void operator()(const AwaitLaunch &) {}

private:
  std::vector<int64_t> checkBox(const HostBox &box, const TensorInfo &tensor);
  void addContribution(const FetchLaunch &launch, std::vector<int64_t> begin,
                       int64_t elementBytes);
  void checkSplit(int64_t extent, int64_t block, int64_t members) const;
  int64_t localBytes(const CollectiveLaunch &launch,
                     const std::vector<int64_t> &shape, Index buffer) const;

  const JsonNode &node;
  const Manifest &manifest;
  Program &program;
  Index device;
  Action &action;
};
} // namespace

std::vector<int64_t> InstanceCheck::checkBox(const HostBox &box,
                                             const TensorInfo &tensor) {
  std::vector<int64_t> begin;
  for (size_t i = 0; i < box.begin.size(); ++i) {
    begin.push_back(action.scalars[box.begin[i]]);
    if (begin[i] < 0 || begin[i] > tensor.shape[i] - box.size[i])
      node.error(text("the box at ", begin[i], " of size ", box.size[i],
                      " leaves dimension ", i, " of '", tensor.name,
                      "', which is ", tensor.shape[i]));
  }
  return begin;
}

void InstanceCheck::addContribution(const FetchLaunch &launch,
                                    std::vector<int64_t> begin,
                                    int64_t elementBytes) {
  Contribution c;
  c.device = device;
  c.micro = action.micro;
  c.active = launch.condition < 0 || action.scalars[launch.condition] != 0;
  c.output = launch.box.tensor;
  c.begin = std::move(begin);
  c.size = launch.box.size;
  c.stagingOffset = program.stagingBytes;
  if (c.active) {
    int64_t bytes = checkedMul(elementCount(c.size), elementBytes);
    program.stagingBytes =
        checkedAdd(program.stagingBytes, checkedAdd(bytes, 63) / 64 * 64);
  }
  program.contributions.push_back(std::move(c));
}

void InstanceCheck::checkSplit(int64_t extent, int64_t block,
                               int64_t members) const {
  if (checkedMul(block, members) < extent)
    node.error(text(members, " blocks of ", block, " do not cover ", extent));
  if (block * (members - 1) >= extent)
    node.error(text("blocks of ", block, " leave the last of ", members,
                    " members nothing of ", extent));
}

int64_t InstanceCheck::localBytes(const CollectiveLaunch &launch,
                                  const std::vector<int64_t> &shape,
                                  Index buffer) const {
  int64_t bytes = elementCount(shape) * dtypeBytes(launch.dtype);
  int64_t available = program.bodies[action.body].bufferBytes[buffer];
  if (bytes > available)
    node.error(text(collectiveName(launch.kind), " needs ", bytes,
                    " bytes of buffer ", buffer, ", which has ", available));
  return bytes;
}

/// Where a member may have its source inside the result: all of it for
/// all_reduce, its block for all_gather when blocks are runs of bytes; else -1,
/// which no offsets differ by.
static int64_t ownOffset(const CollectiveLaunch &launch, int64_t member) {
  if (launch.kind == MPCRT_ALL_REDUCE)
    return 0;
  std::span<const int64_t> shape(launch.shape);
  if (launch.kind != MPCRT_ALL_GATHER ||
      elementCount(shape.first(launch.srcDim)) != 1)
    return -1;
  return blockOf(shape[launch.srcDim], launch.srcBlock, member).begin *
         elementCount(shape.subspan(launch.srcDim + 1)) *
         dtypeBytes(launch.dtype);
}

void InstanceCheck::operator()(const CollectiveLaunch &launch) {
  int64_t group = action.scalars[launch.group];
  if (group < 0 || group >= static_cast<int64_t>(manifest.groups.size()))
    node.error(text("there is no group ", group));
  const std::vector<Index> &members = manifest.groups[group];
  auto self = std::find(members.begin(), members.end(), device);
  if (self == members.end())
    node.error(text("device ", device, " is not in group ", group));
  auto count = static_cast<int64_t>(members.size());
  if (launch.srcDim >= 0)
    checkSplit(launch.shape[launch.srcDim], launch.srcBlock, count);
  if (launch.dstDim >= 0)
    checkSplit(launch.shape[launch.dstDim], launch.dstBlock, count);
  int64_t member = self - members.begin();
  int64_t srcBytes =
      localBytes(launch, sourceShape(launch, member), launch.src);
  int64_t dstBytes =
      localBytes(launch, resultShape(launch, member), launch.dst);
  int64_t src = action.offsets[launch.src], dst = action.offsets[launch.dst];
  bool inPlace = src == dst + ownOffset(launch, member);
  if (!inPlace && overlap(src, srcBytes, dst, dstBytes))
    node.error(
        text("source and result of ", collectiveName(launch.kind), " overlap"));
}

static void parseBodyAction(const JsonNode &node, const Manifest &manifest,
                            Program &program, Index device, Action &action) {
  node.allowOnly(
      {"id", "kind", "chunk", "micro", "body", "offsets", "scalars"});
  action.body = node["body"].index(program.bodies.size(), "body");
  const Body &body = program.bodies[action.body];
  JsonNode offsets = node["offsets"];
  action.offsets = offsets.integers();
  if (action.offsets.size() != body.bufferBytes.size())
    offsets.error(text("body '", body.name, "' has ", body.bufferBytes.size(),
                       " buffers, found ", action.offsets.size()));
  for (size_t i = 0; i < action.offsets.size(); ++i)
    checkRange(offsets[i], manifest.arenas[device], action.offsets[i],
               body.bufferBytes[i]);
  action.scalars =
      node["scalars"].integers(std::numeric_limits<int64_t>::min());
  if (static_cast<Index>(action.scalars.size()) < body.scalars)
    node["scalars"].error(text("body '", body.name, "' needs ", body.scalars,
                               ", found ", action.scalars.size()));
  action.firstContribution = static_cast<Index>(program.contributions.size());
  InstanceCheck check(node, manifest, program, device, action);
  for (const Launch &launch : body.launches)
    std::visit(check, launch);
}

static void parseMessageAction(const JsonNode &node, const Manifest &manifest,
                               Index device, Action &action) {
  JsonNode field = node["channel"];
  action.channel = field.index(manifest.channels.size(), "channel");
  const Channel &channel = manifest.channels[action.channel];
  bool receives = action.kind == ActionKind::Recv;
  Index expected = receives ? channel.to : channel.from;
  if (expected != device)
    field.error(text("channel ", action.channel, " goes from device ",
                     channel.from, " to ", channel.to, "; device ", device,
                     " cannot ", actionKindName(action.kind), " on it"));
  action.tag = node["tag"].integer(std::numeric_limits<int64_t>::min());
  if (action.kind == ActionKind::WaitSend) {
    node.allowOnly({"id", "kind", "chunk", "micro", "channel", "tag"});
    return;
  }
  node.allowOnly(
      {"id", "kind", "chunk", "micro", "channel", "offset", "bytes", "tag"});
  action.offset = node["offset"].integer();
  action.bytes = node["bytes"].integer(1);
  checkRange(node["offset"], manifest.arenas[device], action.offset,
             action.bytes);
}

Action parseAction(const JsonNode &node, const Manifest &manifest,
                   Program &program, Index device) {
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  Action action;
  action.id = node["id"].integer();
  action.kind = parseKind(node["kind"]);
  action.chunk = static_cast<int32_t>(node["chunk"].integer(0, most));
  action.micro = static_cast<int32_t>(node["micro"].integer(-1, most));
  if (action.kind < ActionKind::Send)
    parseBodyAction(node, manifest, program, device, action);
  else
    parseMessageAction(node, manifest, device, action);
  return action;
}

} // namespace mpcrt

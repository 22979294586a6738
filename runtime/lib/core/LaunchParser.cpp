//===- LaunchParser.cpp - Launches of a body ------------------------------===//
#include "DType.h"
#include "Parsing.h"
#include <algorithm>
#include <cstring>
#include <utility>

namespace mpcrt {

Index BodyScope::buffer(const JsonNode &node) const {
  return node.index(body.bufferBytes.size(), "buffer");
}

Index BodyScope::scalar(const JsonNode &node) const {
  constexpr int64_t mostScalars = 1 << 20;
  auto index = static_cast<Index>(node.integer(0, mostScalars));
  body.scalars = std::max(body.scalars, index + 1);
  return index;
}

std::vector<Index> BodyScope::scalars(const JsonNode &node) const {
  std::vector<Index> list(node.size());
  for (size_t i = 0; i < list.size(); ++i)
    list[i] = scalar(node[i]);
  return list;
}

void BodyScope::checkReach(const JsonNode &node, Index buffer,
                           int64_t bytes) const {
  int64_t available = body.bufferBytes[buffer];
  if (bytes > available)
    node.error(text("reaches byte ", bytes, " of buffer ", buffer,
                    ", which has ", available));
}

int32_t parseDTypeField(const JsonNode &node) {
  auto dtype = parseDType(node.string());
  if (!dtype)
    node.error(text("unknown dtype '", node.string(),
                    "'; expected f32, f64, i64, i32, i8, u8, i1, bf16 or f16"));
  return *dtype;
}

std::vector<int64_t> parseShape(const JsonNode &node) {
  std::vector<int64_t> shape = node.integers(1);
  if (shape.size() > maxRank)
    node.error(text("rank ", shape.size(), " is above ", maxRank));
  elementCount(shape);
  return shape;
}

/// What every driver takes, with 8 bytes each.
static constexpr size_t mostParameters = 512;

static KernelLaunch parseKernelLaunch(const JsonNode &node,
                                      const BodyScope &scope) {
  KernelLaunch launch;
  launch.kernel = node["kernel"].index(scope.manifest.kernels.size(), "kernel");
  bool isOfHost = scope.manifest.kernels[launch.kernel].isOfHost();
  if (isOfHost)
    node.allowOnly({"op", "kernel", "buffers", "scalars", "extent", "grain"});
  else
    node.allowOnly({"op", "kernel", "buffers", "scalars"});
  JsonNode buffers = node["buffers"];
  for (size_t i = 0; i < buffers.size(); ++i)
    launch.buffers.push_back(scope.buffer(buffers[i]));
  launch.scalars = scope.scalars(node["scalars"]);
  if (isOfHost) {
    launch.extent = node["extent"].integer(1);
    launch.grain = node["grain"].integer(1);
    return launch;
  }
  if (launch.buffers.size() + launch.scalars.size() > mostParameters)
    node.error(text("has ", launch.buffers.size() + launch.scalars.size(),
                    " parameters; a kernel of a module takes ",
                    mostParameters));
  return launch;
}

/// Bytes up to which a box reaches, from the buffer's start.
static int64_t boxReach(int64_t elem, int64_t offset,
                        const std::vector<int64_t> &shape,
                        const std::vector<int64_t> &strides) {
  int64_t last = offset;
  for (size_t i = 0; i < shape.size(); ++i)
    last = checkedAdd(last, checkedMul(shape[i] - 1, strides[i]));
  return checkedMul(checkedAdd(last, 1), elem);
}

static CopyLaunch parseCopy(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op", "src", "dst", "elem", "shape", "src_offset",
                  "src_start", "dst_offset", "src_strides", "dst_strides"});
  CopyLaunch launch;
  launch.src = scope.buffer(node["src"]);
  launch.dst = scope.buffer(node["dst"]);
  int64_t elem = node["elem"].integer(1, 16);
  std::vector<int64_t> shape = parseShape(node["shape"]);
  std::vector<int64_t> srcStrides = node["src_strides"].integers();
  std::vector<int64_t> dstStrides = node["dst_strides"].integers();
  if (srcStrides.size() != shape.size() || dstStrides.size() != shape.size())
    node.error("'shape', 'src_strides' and 'dst_strides' differ in length");
  for (size_t i = 0; i < shape.size(); ++i)
    if (shape[i] > 1 && dstStrides[i] == 0)
      node["dst_strides"].error("a stride of 0 writes an element twice");
  int64_t srcOffset = node["src_offset"].integer();
  int64_t dstOffset = node["dst_offset"].integer();
  int64_t srcReach = boxReach(elem, srcOffset, shape, srcStrides);
  scope.checkReach(node["src"], launch.src, srcReach);
  scope.checkReach(node["dst"], launch.dst,
                   boxReach(elem, dstOffset, shape, dstStrides));
  launch.srcOffset = srcOffset * elem;
  launch.dstOffset = dstOffset * elem;
  launch.elementBytes = elem;
  if (node.has("src_start")) {
    launch.srcStart = scope.scalar(node["src_start"]);
    launch.srcSlack = scope.body.bufferBytes[launch.src] - srcReach;
  }
  launch.copy = StridedCopy(elem, shape, srcStrides, dstStrides);
  return launch;
}

static FillLaunch parseFill(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op", "dst", "bytes", "value"});
  FillLaunch launch;
  launch.dst = scope.buffer(node["dst"]);
  launch.bytes = node["bytes"].integer();
  launch.value = static_cast<uint8_t>(node["value"].integer(0, 255));
  scope.checkReach(node["dst"], launch.dst, launch.bytes);
  return launch;
}

/// The dense buffer's box in the host's tensor; `toDevice` picks the direction.
static HostBox parseHostBox(const JsonNode &node, const BodyScope &scope,
                            const JsonNode &buffer, const TensorInfo &tensor,
                            bool toDevice) {
  HostBox box;
  box.buffer = scope.buffer(buffer);
  box.begin = scope.scalars(node["begin"]);
  box.size = node["size"].integers(1);
  if (box.begin.size() != tensor.shape.size() ||
      box.size.size() != tensor.shape.size())
    node.error(text("'begin' and 'size' need ", tensor.shape.size(),
                    " entries for '", tensor.name, "'"));
  for (size_t i = 0; i < box.size.size(); ++i)
    if (box.size[i] > tensor.shape[i])
      node["size"].error(text("exceeds dimension ", i, " of '", tensor.name,
                              "', which is ", tensor.shape[i]));
  int64_t elem = dtypeBytes(tensor.dtype);
  scope.checkReach(buffer, box.buffer,
                   checkedMul(elementCount(box.size), elem));
  Strides host = denseStrides(tensor.shape), dense = denseStrides(box.size);
  box.copy = toDevice ? StridedCopy(elem, box.size, host, dense)
                      : StridedCopy(elem, box.size, dense, host);
  return box;
}

static FeedLaunch parseFeed(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op", "input", "dst", "begin", "size"});
  Index input = node["input"].index(scope.program.inputs.size(), "input");
  FeedLaunch launch{parseHostBox(node, scope, node["dst"],
                                 scope.program.inputs[input], true)};
  launch.box.tensor = input;
  return launch;
}

static FetchLaunch parseFetch(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op", "output", "src", "begin", "size", "if", "accumulate"});
  Index output = node["output"].index(scope.program.outputs.size(), "output");
  const TensorInfo &tensor = scope.program.outputs[output];
  FetchLaunch launch{parseHostBox(node, scope, node["src"], tensor, false)};
  launch.box.tensor = output;
  if (node.has("if"))
    launch.condition = scope.scalar(node["if"]);
  if (node.has("accumulate") && node["accumulate"].boolean()) {
    if (tensor.dtype == MPCRT_I1)
      node.error("outputs of dtype i1 cannot accumulate");
    launch.accumulation = scope.body.accumulations++;
  }
  return launch;
}

namespace {
/// Whether a launch touches a buffer of the body.
struct Touches {
  Index buffer;

  bool is(std::initializer_list<Index> used) const {
    return std::find(used.begin(), used.end(), buffer) != used.end();
  }
  bool operator()(const KernelLaunch &launch) const {
    return std::count(launch.buffers.begin(), launch.buffers.end(), buffer);
  }
  bool operator()(const MatmulLaunch &launch) const {
    return is({launch.a, launch.b, launch.c, launch.bias, launch.aux});
  }
  bool operator()(const AttentionLaunch &launch) const {
    return std::any_of(
        launch.operands.begin(), launch.operands.end(),
        [&](const auto &operand) { return operand.buffer == buffer; });
  }
  bool operator()(const CopyLaunch &launch) const {
    return is({launch.src, launch.dst});
  }
  bool operator()(const FillLaunch &launch) const { return is({launch.dst}); }
  bool operator()(const FeedLaunch &launch) const {
    return is({launch.box.buffer});
  }
  bool operator()(const FetchLaunch &launch) const {
    return is({launch.box.buffer});
  }
  bool operator()(const CollectiveLaunch &launch) const {
    return is({launch.src, launch.dst});
  }
  bool operator()(const AwaitLaunch &) const { return false; }
};
} // namespace

static AwaitLaunch parseAwait(const JsonNode &node, const BodyScope &scope) {
  node.allowOnly({"op", "launch"});
  std::vector<Launch> &before = scope.body.launches;
  AwaitLaunch launch{node["launch"].index(before.size(), "earlier launch")};
  auto *collective = std::get_if<CollectiveLaunch>(&before[launch.launch]);
  if (!collective)
    node["launch"].error(
        text("launch ", launch.launch, " is not a collective"));
  if (std::exchange(collective->isAwaited, true))
    node["launch"].error(
        text("launch ", launch.launch, " has been awaited already"));
  for (size_t i = launch.launch + 1; i < before.size(); ++i)
    for (Index buffer : {collective->src, collective->dst})
      if (std::visit(Touches{buffer}, before[i]))
        node.error(text("launch ", i, " touches buffer ", buffer,
                        ", which launch ", launch.launch,
                        " uses until it is awaited"));
  return launch;
}

Launch parseLaunch(const JsonNode &node, const BodyScope &scope) {
  const std::string &op = node["op"].string();
  if (op == "kernel")
    return parseKernelLaunch(node, scope);
  if (op == "matmul")
    return parseMatmul(node, scope);
  if (op == "attention")
    return parseAttention(node, scope);
  if (op == "copy")
    return parseCopy(node, scope);
  if (op == "fill")
    return parseFill(node, scope);
  if (op == "feed")
    return parseFeed(node, scope);
  if (op == "fetch")
    return parseFetch(node, scope);
  if (op == "await")
    return parseAwait(node, scope);
  for (int32_t kind = 0; kind < MPCRT_COLLECTIVES; ++kind)
    if (op == collectiveName(kind))
      return parseCollective(node, scope, kind);
  node["op"].error(text("unknown op '", op, "'"));
}

} // namespace mpcrt

//===- CollectiveParser.cpp - Collective launches -------------------------===//
#include "DType.h"
#include "Parsing.h"

namespace mpcrt {

static Reduce parseReduce(const JsonNode &node) {
  const std::string &name = node.string();
  if (name == "sum")
    return Reduce::Sum;
  if (name == "max")
    return Reduce::Max;
  if (name == "min")
    return Reduce::Min;
  node.error(text("unknown reduction '", name, "'; expected sum, max or min"));
}

/// A split dimension and its block; the group's size is checked with the
/// action.
static void parseSplit(const JsonNode &node, const char *dimField,
                       const char *blockField, const CollectiveLaunch &launch,
                       int32_t &dim, int64_t &block) {
  dim = node[dimField].index(launch.shape.size(), "dimension");
  block = node[blockField].integer(1, launch.shape[dim]);
}

static void parseGeometry(const JsonNode &node, CollectiveLaunch &launch) {
  switch (launch.kind) {
  case MPCRT_ALL_REDUCE:
    node.allowOnly({"op", "group", "reduce", "dtype", "src", "dst", "count"});
    launch.shape = {node["count"].integer(1)};
    return;
  case MPCRT_ALL_GATHER:
    node.allowOnly(
        {"op", "group", "dtype", "src", "dst", "shape", "dim", "block"});
    launch.shape = parseShape(node["shape"]);
    parseSplit(node, "dim", "block", launch, launch.srcDim, launch.srcBlock);
    return;
  case MPCRT_REDUCE_SCATTER:
    node.allowOnly({"op", "group", "reduce", "dtype", "src", "dst", "shape",
                    "dim", "block"});
    launch.shape = parseShape(node["shape"]);
    parseSplit(node, "dim", "block", launch, launch.dstDim, launch.dstBlock);
    return;
  default:
    node.allowOnly({"op", "group", "dtype", "src", "dst", "shape", "src_dim",
                    "src_block", "dst_dim", "dst_block"});
    launch.shape = parseShape(node["shape"]);
    parseSplit(node, "src_dim", "src_block", launch, launch.srcDim,
               launch.srcBlock);
    parseSplit(node, "dst_dim", "dst_block", launch, launch.dstDim,
               launch.dstBlock);
    if (launch.srcDim == launch.dstDim)
      node["dst_dim"].error("is the same as 'src_dim'");
  }
}

CollectiveLaunch parseCollective(const JsonNode &node, const BodyScope &scope,
                                 int32_t kind) {
  CollectiveLaunch launch;
  launch.kind = kind;
  launch.dtype = parseDTypeField(node["dtype"]);
  parseGeometry(node, launch);
  checkedMul(elementCount(launch.shape), dtypeBytes(launch.dtype));
  launch.group = scope.scalar(node["group"]);
  launch.src = scope.buffer(node["src"]);
  launch.dst = scope.buffer(node["dst"]);
  if (kind == MPCRT_ALL_REDUCE || kind == MPCRT_REDUCE_SCATTER) {
    launch.reduce = parseReduce(node["reduce"]);
    if (launch.dtype == MPCRT_I8 || launch.dtype == MPCRT_U8 ||
        launch.dtype == MPCRT_I1)
      node["dtype"].error(
          text("reductions of ", dtypeName(launch.dtype), " are not defined"));
  }
  return launch;
}

} // namespace mpcrt

//===- LaunchParts.cpp - launches that involve other devices' parts -------===//
//
// A part of the first dimension is a run of bytes: it needs no copy to be read,
// and what all devices gather is written where it will stand.
//
//===----------------------------------------------------------------------===//

#include "LaunchBodyBuilder.h"
#include "mpc/Fusion/FusedSpace.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

/// Bytes of one index of dimension `dim`.
static int64_t getBytesOfOne(RankedTensorType type, int64_t dim) {
  return getRowMajorStrides(type.getShape())[dim] *
         ceilDiv(type.getElementTypeBitWidth(), 8);
}

/// Whether blocks of dimension `dim` are runs of bytes that begin where buffers
/// of any target may.
static bool areRuns(RankedTensorType type, int64_t dim, int64_t block) {
  constexpr int64_t alignment = 64;
  return block * getBytesOfOne(type, dim) % alignment == 0 &&
         llvm::all_of(type.getShape().take_front(dim),
                      [](int64_t size) { return size == 1; });
}

bool LaunchBodyBuilder::isPart(Operation *op) const {
  auto slice = dyn_cast<ShardSliceOp>(op);
  return slice &&
         areRuns(typeOf(slice.getInput()), slice.getDim(),
                 slice.getOffset().getDim().block) &&
         !resultNames.contains(slice.getResult());
}

int64_t LaunchBodyBuilder::getWhole(int64_t buffer) const {
  const BodyBuffer &part = body.buffers[buffer];
  return part.kind == BodyBuffer::Part ? getWhole(part.whole) : buffer;
}

std::optional<int64_t> LaunchBodyBuilder::getGathered(Value value,
                                                      Operation *op) {
  if (!value.hasOneUse())
    return std::nullopt;
  auto gather = dyn_cast<AllGatherOp>(*value.user_begin());
  if (!gather || !areRuns(gather.getType(), gather.getDim(), gather.getBlock()))
    return std::nullopt;
  std::optional<int64_t> variable = getAssigned(gather.getResult(), op);
  if (!variable)
    return std::nullopt;
  return getPart(
      *variable,
      DimSharding{gather.getAxes(), static_cast<int64_t>(gather.getBlock())},
      getBytesOfOne(gather.getType(), gather.getDim()),
      getByteSize(value.getType()));
}

/// A buffer for a collective's result.
int64_t LaunchBodyBuilder::placeCollective(Operation *op, int64_t src) {
  Value result = op->getResult(0);
  std::optional<int64_t> variable = getAssigned(result, op);
  bool isGathered = isa<AllGatherOp>(op) && variable &&
                    body.buffers[src].kind == BodyBuffer::Part &&
                    body.buffers[src].whole == *variable;
  if (variable && (isGathered || getWhole(src) != *variable))
    return buffers[result] = *variable;
  if (isa<AllReduceOp>(op) && diesAt(op->getOperand(0), op))
    return placeAllReduce(result, src);
  return newResult(result);
}

/// In the place of the source, which nobody reads later: while the reduction
/// runs beside other launches, no second buffer is held.
int64_t LaunchBodyBuilder::placeAllReduce(Value result, int64_t src) {
  std::optional<int64_t> sum = getSumPlace(result);
  if (sum == src)
    return buffers[result] = src;
  BodyBuffer &place = body.buffers[src];
  auto name = resultNames.find(result);
  if (sum || place.kind != BodyBuffer::Internal)
    return newResult(result, src);
  if (name != resultNames.end()) {
    place.kind = BodyBuffer::Value;
    place.name = name->second;
  }
  return buffers[result] = src;
}

LogicalResult LaunchBodyBuilder::lowerCollective(Operation *op) {
  auto axes = op->getAttrOfType<ArrayAttr>("axes");
  if (!axes || op->getNumOperands() != 1)
    return op->emitOpError("has no lowering to a launch");
  Value input = op->getOperand(0), result = op->getResult(0);
  int64_t src = getBuffer(input), dst = placeCollective(op, src);
  json launch = {{"group", getGroup(axes)},
                 {"dtype", getDTypeName(typeOf(input).getElementType())},
                 {"src", src},
                 {"dst", dst}};
  if (auto reduce = dyn_cast<AllReduceOp>(op)) {
    launch["op"] = "all_reduce";
    launch["reduce"] = stringifyReductionKind(reduce.getKind()).str();
    launch["count"] = typeOf(input).getNumElements();
  } else if (auto gather = dyn_cast<AllGatherOp>(op)) {
    launch["op"] = "all_gather";
    launch["shape"] = toList(typeOf(result).getShape());
    launch["dim"] = gather.getDim();
    launch["block"] = gather.getBlock();
  } else if (auto scatter = dyn_cast<ReduceScatterOp>(op)) {
    launch["op"] = "reduce_scatter";
    launch["reduce"] = stringifyReductionKind(scatter.getKind()).str();
    launch["shape"] = toList(typeOf(input).getShape());
    launch["dim"] = scatter.getDim();
    launch["block"] = scatter.getBlock();
  } else if (auto exchange = dyn_cast<AllToAllOp>(op)) {
    SmallVector<int64_t> shape(typeOf(input).getShape());
    shape[exchange.getToDim()] = typeOf(input).getDimSize(exchange.getToDim());
    shape[exchange.getFromDim()] =
        typeOf(result).getDimSize(exchange.getFromDim());
    launch["op"] = "all_to_all";
    launch["shape"] = toList(shape);
    launch["src_dim"] = exchange.getFromDim();
    launch["src_block"] = exchange.getFromBlock();
    launch["dst_dim"] = exchange.getToDim();
    launch["dst_block"] = exchange.getToBlock();
  } else {
    return op->emitOpError("has no lowering to a launch");
  }
  push(std::move(launch), {src, dst});
  addPending(src, dst);
  return success();
}

void LaunchBodyBuilder::lowerShardSlice(ShardSliceOp op) {
  int64_t src = getBuffer(op.getInput());
  if (isPart(op)) {
    buffers[op.getResult()] =
        getPart(src, op.getOffset().getDim(),
                getBytesOfOne(typeOf(op.getInput()), op.getDim()),
                getByteSize(op.getType()));
    return;
  }
  int64_t dst = newResult(op.getResult());
  SmallVector<int64_t> from =
      getRowMajorStrides(typeOf(op.getInput()).getShape());
  RankedTensorType type = typeOf(op.getResult());
  int64_t start = getScalar(
      {Scalar::PartOffset, op.getOffset().getDim(), from[op.getDim()]});
  pushCopy(src, dst, type, from, getRowMajorStrides(type.getShape()), 0, 0,
           start);
}

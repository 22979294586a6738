//===- LaunchOps.cpp - the launch of every op -----------------------------===//

#include "Attention.h"
#include "LaunchBodyBuilder.h"
#include "mpc/Fusion/FusedSpace.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

LogicalResult LaunchBodyBuilder::lower(Operation *op) {
  if (auto read = dyn_cast<ReadOp>(op)) {
    lowerRead(read);
    return success();
  }
  if (views.isView(op))
    return success();
  if (auto reshape = dyn_cast<ReshapeOp>(op)) {
    buffers[reshape] = getBuffer(reshape.getInput());
    return success();
  }
  if (auto assign = dyn_cast<AssignOp>(op)) {
    int64_t place =
        getVariable(assign.getVariable(), assign.getValue().getType());
    int64_t value = getBuffer(assign.getValue());
    if (value != place)
      copy(value, place, typeOf(assign.getValue()));
    return success();
  }
  if (isa<FusedOp>(op)) {
    auto launch = launches.find(op);
    return launch == launches.end() ? success() : lowerLaunch(launch->second);
  }
  if (isa<ContractionOpInterface>(op))
    return lowerContraction(op);
  if (isAttention(op))
    return lowerAttention(op);
  if (auto slice = dyn_cast<ShardSliceOp>(op))
    return lowerShardSlice(slice), success();
  if (auto concat = dyn_cast<ConcatOp>(op))
    return lowerConcat(concat), success();
  if (lowerView(op))
    return success();
  return lowerCollective(op);
}

int64_t LaunchBodyBuilder::getVariable(StringRef name, Type type) {
  auto [it, isNew] = variables.try_emplace(name, 0);
  if (isNew)
    it->second = addBuffer(BodyBuffer::Variable, name, getByteSize(type));
  return it->second;
}

void LaunchBodyBuilder::lowerRead(ReadOp read) {
  buffers[read] = getVariable(read.getVariable(), read.getType());
}

std::optional<int64_t> LaunchBodyBuilder::getAssigned(Value value,
                                                      Operation *op) {
  if (resultNames.contains(value))
    return std::nullopt;
  for (Operation *user : value.getUsers()) {
    auto assign = dyn_cast<AssignOp>(user);
    if (assign && llvm::all_of(func.getOps<ReadOp>(), [&](ReadOp read) {
          return read.getVariable() != assign.getVariable() ||
                 diesAt(read.getResult(), op);
        }))
      return getVariable(assign.getVariable(), value.getType());
  }
  return std::nullopt;
}

/// Where a returned sum over micro-batches stands already.
std::optional<int64_t> LaunchBodyBuilder::getSumPlace(Value value) {
  auto name = resultNames.find(value);
  if (name == resultNames.end())
    return std::nullopt;
  auto sum = sums.find(name->second);
  return sum == sums.end() ? std::nullopt : std::optional(sum->second);
}

StridedView LaunchBodyBuilder::placeResult(Value result) {
  const StridedView *place = views.getPlace(result);
  if (!place) {
    newResult(result);
    return getDenseView(result);
  }
  if (!buffers.contains(place->base))
    newResult(place->base);
  buffers[result] = buffers.lookup(place->base);
  return *place;
}

FailureOr<int64_t> LaunchBodyBuilder::placeContraction(Operation *op) {
  Value result = op->getResult(0);
  if (views.getPlace(result))
    return placeResult(result).offset;
  if (const Epilogue *epilogue = epilogues.get(op)) {
    buffers[result] = newResult(epilogue->result);
    return 0;
  }
  auto name = op->getAttrOfType<StringAttr>(tags::kAccumulate);
  if (!name) {
    newResult(result);
    return 0;
  }
  auto sum = sums.find(name.getValue());
  if (sum == sums.end())
    return op->emitOpError(
        "accumulates into a sum that the body does not take");
  buffers[result] = sum->second;
  return 0;
}

void LaunchBodyBuilder::addEpilogue(const Epilogue &epilogue,
                                    mpcrt_matmul_desc &desc, json &launch,
                                    SmallVectorImpl<int64_t> &used) {
  constexpr const char *activations[] = {"", "relu", "gelu", "gelu-gradient"};
  desc.activation = epilogue.activation;
  if (epilogue.activation)
    launch["activation"] = activations[epilogue.activation];
  auto add = [&](const char *field, int64_t buffer) {
    used.push_back(buffer);
    launch[field] = buffer;
  };
  auto getInput = [&](Value value) {
    if (auto read = value.getDefiningOp<ReadOp>())
      lowerRead(read); // it may stand after the contraction
    return getBuffer(value);
  };
  desc.has_bias = epilogue.bias != nullptr;
  if (epilogue.bias)
    add("bias", getInput(epilogue.bias));
  desc.has_aux = epilogue.aux != nullptr;
  if (epilogue.aux)
    add("aux", epilogue.activation == MPCRT_GELU_GRADIENT
                   ? getInput(epilogue.aux)
                   : newResult(epilogue.aux));
  desc.has_bias_gradient = epilogue.biasGradient != nullptr;
  if (epilogue.biasGradient)
    add("bias_gradient", newResult(epilogue.biasGradient));
}

LogicalResult LaunchBodyBuilder::lowerContraction(Operation *op) {
  StridedView a = views.resolve(op->getOperand(0)),
              b = views.resolve(op->getOperand(1));
  ContractionStrides strides(op);
  strides.a = a.strides;
  strides.b = b.strides;
  if (const StridedView *place = views.getPlace(op->getResult(0)))
    strides.c = place->strides;
  std::optional<mpcrt_matmul_desc> desc =
      getMatmulDesc(op, strides, context.target);
  if (!desc)
    return op->emitOpError(
        "has no GEMM: its inner dimensions do not form one stride, or its "
        "element type is not f32 or bf16");
  desc->accumulate = op->hasAttr(tags::kAccumulate);
  SmallVector<int64_t, 4> used{getBuffer(a.base), getBuffer(b.base)};
  FailureOr<int64_t> offset = placeContraction(op);
  if (failed(offset))
    return failure();
  used.push_back(buffers[op->getResult(0)]);
  json launch = toJSON(*desc);
  launch["a"] = used[0];
  launch["b"] = used[1];
  launch["c"] = used[2];
  auto setOffset = [&](const char *field, int64_t elements) {
    if (elements != 0)
      launch[field] = elements;
  };
  setOffset("a_offset", a.offset);
  setOffset("b_offset", b.offset);
  setOffset("c_offset", *offset);
  if (const Epilogue *epilogue = epilogues.get(op))
    addEpilogue(*epilogue, *desc, launch, used);
  llvm::Expected<int64_t> bytes = context.target.getWorkspace(*desc);
  if (!bytes)
    return op->emitOpError() << llvm::toString(bytes.takeError());
  body.workspaceBytes = std::max(body.workspaceBytes, *bytes);
  push(std::move(launch), used);
  return success();
}

/// A repeating view, by strides of 0.
static StridedView getBroadcastView(BroadcastOp op) {
  StridedView view;
  SmallVector<int64_t> strides =
      getRowMajorStrides(op.getInput().getType().getShape());
  int64_t rank = op.getType().getRank(), added = rank - strides.size();
  view.strides.assign(rank, 0);
  for (auto [dim, size] : llvm::enumerate(op.getInput().getType().getShape()))
    if (size != 1)
      view.strides[added + dim] = strides[dim];
  return view;
}

/// Views that feed a kernel or a GEMM are part of it; these feed a collective
/// or are returned.
bool LaunchBodyBuilder::lowerView(Operation *op) {
  std::optional<StridedView> view;
  if (auto broadcast = dyn_cast<BroadcastOp>(op))
    view = getBroadcastView(broadcast);
  else if (op->getNumOperands() == 1)
    view = applyView(op, getDenseView(op->getOperand(0)));
  if (!view)
    return false;
  RankedTensorType type = typeOf(op->getResult(0));
  int64_t src = getBuffer(op->getOperand(0)), dst = newResult(op->getResult(0));
  pushCopy(src, dst, type, view->strides, getRowMajorStrides(type.getShape()),
           view->offset, 0);
  return true;
}

/// Copies a box of `type`; strides and offsets count elements. `start` is a
/// scalar that moves the source, or -1.
void LaunchBodyBuilder::pushCopy(int64_t src, int64_t dst,
                                 RankedTensorType type, ArrayRef<int64_t> from,
                                 ArrayRef<int64_t> to, int64_t srcOffset,
                                 int64_t dstOffset, int64_t start) {
  bool isScalar = type.getRank() == 0;
  json launch = {
      {"op", "copy"},
      {"src", src},
      {"dst", dst},
      {"elem", ceilDiv(type.getElementTypeBitWidth(), 8)},
      {"shape", isScalar ? json::array({1}) : toList(type.getShape())},
      {"src_offset", srcOffset},
      {"dst_offset", dstOffset},
      {"src_strides", isScalar ? json::array({1}) : toList(from)},
      {"dst_strides", isScalar ? json::array({1}) : toList(to)}};
  if (start >= 0)
    launch["src_start"] = start;
  push(std::move(launch), {src, dst});
}

void LaunchBodyBuilder::lowerConcat(ConcatOp op) {
  SmallVector<int64_t> sources;
  for (auto [index, input] : llvm::enumerate(op.getInputs()))
    sources.push_back(views.isInPlace(op, index) ? -1 : getBuffer(input));
  if (!buffers.contains(op.getResult()))
    newResult(op.getResult());
  int64_t dst = buffers[op.getResult()];
  SmallVector<int64_t> to =
      getRowMajorStrides(typeOf(op.getResult()).getShape());
  int64_t start = 0;
  for (auto [input, src] : llvm::zip(op.getInputs(), sources)) {
    RankedTensorType type = typeOf(input);
    if (src >= 0)
      pushCopy(src, dst, type, getRowMajorStrides(type.getShape()), to, 0,
               start * to[op.getDim()]);
    start += type.getDimSize(op.getDim());
  }
}

void LaunchBodyBuilder::copy(int64_t from, int64_t to, RankedTensorType type) {
  pushCopy(
      from, to,
      RankedTensorType::get({type.getNumElements()}, type.getElementType()),
      {1}, {1}, 0, 0);
}

//===- Attention.cpp - attention as a launch of a library -----------------===//

#include "Attention.h"
#include "LaunchBodyBuilder.h"
#include "mpc/Fusion/FusedSpace.h"

using namespace mlir;
using namespace mpc;
using nlohmann::json;

using Desc = mpcrt_attention_desc;

static SmallVector<AttentionTensor, 9> getTensors(FlashAttentionOp op) {
  return {{"q", op.getQuery(), &Desc::q},
          {"k", op.getKey(), &Desc::k},
          {"v", op.getValue(), &Desc::v},
          {"o", op.getResult(), &Desc::o},
          {"lse", op.getLogSumExp(), nullptr}};
}

static SmallVector<AttentionTensor, 9> getTensors(FlashAttentionGradOp op) {
  return {{"q", op.getQuery(), &Desc::q},
          {"k", op.getKey(), &Desc::k},
          {"v", op.getValue(), &Desc::v},
          {"o", op.getResult(), &Desc::o},
          {"lse", op.getLogSumExp(), nullptr},
          {"grad_o", op.getResultGrad(), &Desc::grad_o},
          {"grad_q", op.getQueryGrad(), &Desc::grad_q},
          {"grad_k", op.getKeyGrad(), &Desc::grad_k},
          {"grad_v", op.getValueGrad(), &Desc::grad_v}};
}

SmallVector<AttentionTensor, 9> mpc::getAttentionTensors(Operation *op) {
  if (auto forward = dyn_cast<FlashAttentionOp>(op))
    return getTensors(forward);
  if (auto gradient = dyn_cast<FlashAttentionGradOp>(op))
    return getTensors(gradient);
  return {};
}

template <typename OpT> static Desc describeHeads(OpT op) {
  ArrayRef<int64_t> query = typeOf(op.getQuery()).getShape();
  ArrayRef<int64_t> value = typeOf(op.getValue()).getShape();
  Desc desc = {};
  desc.dtype =
      typeOf(op.getQuery()).getElementType().isBF16() ? MPCRT_BF16 : MPCRT_F16;
  desc.causal = op.getCausal();
  desc.scale = op.getScale().convertToDouble();
  desc.b = query[0], desc.s = query[1], desc.h = query[2], desc.d = query[3];
  desc.t = value[1], desc.g = value[2], desc.e = value[3];
  return desc;
}

Desc mpc::getAttentionDesc(Operation *op) {
  auto forward = dyn_cast<FlashAttentionOp>(op);
  Desc desc = forward ? describeHeads(forward)
                      : describeHeads(cast<FlashAttentionGradOp>(op));
  desc.gradient = !forward;
  desc.has_lse = !forward || !forward.getLogSumExp().use_empty();
  for (const AttentionTensor &tensor : getAttentionTensors(op))
    if (tensor.strides)
      llvm::copy(getRowMajorStrides(typeOf(tensor.value).getShape()),
                 desc.*tensor.strides);
  return desc;
}

/// Of a tensor that lies so; a dimension of size 1, whose stride means nothing,
/// has that of a dense one.
static SmallVector<int64_t> getStrides(Value value, const StridedView &view) {
  SmallVector<int64_t> strides(view.strides);
  ArrayRef<int64_t> shape = typeOf(value).getShape();
  int64_t inner = 1;
  for (size_t dim = strides.size(); dim-- > 0;) {
    if (shape[dim] == 1)
      strides[dim] = inner;
    inner = strides[dim] * shape[dim];
  }
  return strides;
}

bool mpc::canBeStrided(const AttentionTensor &tensor, const StridedView &view) {
  constexpr int64_t step = 8; // elements of two bytes
  if (!tensor.strides || view.offset % step)
    return false;
  SmallVector<int64_t> strides = getStrides(tensor.value, view);
  return strides.back() == 1 &&
         llvm::all_of(ArrayRef(strides).drop_back(),
                      [](int64_t stride) { return stride % step == 0; });
}

json mpc::toJSON(const Desc &desc) {
  return {{"op", "attention"},
          {"dtype", desc.dtype == MPCRT_BF16 ? "bf16" : "f16"},
          {"causal", desc.causal != 0},
          {"gradient", desc.gradient != 0},
          {"scale", desc.scale},
          {"b", desc.b},
          {"s", desc.s},
          {"t", desc.t},
          {"h", desc.h},
          {"g", desc.g},
          {"d", desc.d},
          {"e", desc.e}};
}

LogicalResult LaunchBodyBuilder::lowerAttention(Operation *op) {
  Desc desc = getAttentionDesc(op);
  json launch = toJSON(desc);
  SmallVector<int64_t> used;
  for (const AttentionTensor &tensor : getAttentionTensors(op)) {
    std::string field = tensor.field.str();
    bool isResult = tensor.value.getDefiningOp() == op;
    if (isResult && !tensor.strides && tensor.value.use_empty())
      continue; // only a gradient wants it
    StridedView view =
        isResult ? placeResult(tensor.value) : views.resolve(tensor.value);
    used.push_back(getBuffer(isResult ? tensor.value : view.base));
    launch[field] = used.back();
    if (!tensor.strides)
      continue;
    SmallVector<int64_t> strides = getStrides(tensor.value, view);
    llvm::copy(strides, desc.*tensor.strides);
    launch[field + "_strides"] = toList(strides);
    if (view.offset != 0)
      launch[field + "_offset"] = view.offset;
  }
  llvm::Expected<int64_t> bytes = context.target.getWorkspace(desc);
  if (!bytes)
    return op->emitOpError() << llvm::toString(bytes.takeError());
  body.workspaceBytes = std::max(body.workspaceBytes, *bytes);
  push(std::move(launch), used);
  return success();
}

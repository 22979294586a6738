//===- UseFlashAttention.cpp - mpc-use-flash-attention --------------------===//

#include "mpc/IR/MPC.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_USEFLASHATTENTION
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// cuDNN's, on every GPU from sm_80 on, forward and backward.
static constexpr int64_t kMaxHeadSize = 128, kHeadSizeMultiple = 8;

static ArrayRef<int64_t> shapeOf(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

static bool isHeadSize(int64_t size) {
  return size <= kMaxHeadSize && size % kHeadSizeMultiple == 0;
}

static bool hasLibrary(AttentionOp op) {
  int64_t queries = shapeOf(op.getQuery())[1], keys = shapeOf(op.getKey())[1];
  bool isSquare = queries == keys;
  return queries * keys > 1 && getElementTypeOrSelf(op.getQuery()).isBF16() &&
         !op.getMask() && (isSquare || !op.getCausal()) &&
         isHeadSize(shapeOf(op.getQuery())[3]) &&
         isHeadSize(shapeOf(op.getValue())[3]);
}

static void replace(AttentionOp op) {
  OpBuilder builder(op);
  auto flash = FlashAttentionOp::create(builder, op.getLoc(), op.getQuery(),
                                        op.getKey(), op.getValue(),
                                        op.getScaleAttr(), op.getCausalAttr());
  flash->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  op->replaceAllUsesWith(ValueRange(flash.getResult()));
  op->erase();
}

namespace {
struct UseFlashAttention : mpc::impl::UseFlashAttentionBase<UseFlashAttention> {
  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation().walk([&](AttentionOp op) {
      if (hasLibrary(op))
        ops.push_back(op);
    });
    llvm::for_each(ops, replace);
  }
};
} // namespace

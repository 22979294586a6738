//===- Decompose.cpp - mpc-decompose --------------------------------------===//

#include "mpc/IR/Tags.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_DECOMPOSE
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

/// Puts the composite op's tags on every op created for it.
namespace {
struct TagListener : OpBuilder::Listener {
  explicit TagListener(Operation *source) : source(source) {}
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    for (NamedAttribute attr : source->getDiscardableAttrs())
      op->setDiscardableAttr(attr.getName(), attr.getValue());
  }
  Operation *source;
};
} // namespace

static void decompose(DecomposableOpInterface composite) {
  TagListener listener(composite);
  OpBuilder builder(composite);
  builder.setListener(&listener);
  SmallVector<Value> results = composite.decompose(builder);
  composite->replaceAllUsesWith(results);
  composite->erase();
}

namespace {
struct Decompose : mpc::impl::DecomposeBase<Decompose> {
  void runOnOperation() override {
    // A decomposition may use composite ops itself: attention has a softmax.
    for (bool changed = true; changed;) {
      SmallVector<DecomposableOpInterface> composites;
      getOperation().walk(
          [&](DecomposableOpInterface op) { composites.push_back(op); });
      changed = !composites.empty();
      llvm::for_each(composites, decompose);
    }
  }
};
} // namespace

//===- Faults.cpp - training steps made wrong on purpose ------------------===//

#include "Faults.h"
#include "mpc/IR/Tags.h"

using namespace mlir;
using namespace mpc;
using namespace mpc::test;

namespace {
/// New ops belong where the value's op does.
struct TagsLike : OpBuilder::Listener {
  explicit TagsLike(Operation *like) : like(like) {}
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    op->setDiscardableAttrs(like->getDiscardableAttrDictionary());
    made.insert(op);
  }
  Operation *like;
  llvm::SmallPtrSet<Operation *, 8> made;
};
} // namespace

static void spoil(mlir::Value value, Fault fault) {
  Operation *op = value.getDefiningOp();
  TagsLike tags(op);
  OpBuilder builder(op->getContext(), &tags);
  builder.setInsertionPointAfter(op);
  TensorBuilder t(builder, op->getLoc());
  value.replaceAllUsesExcept(fault(t, value), tags.made);
}

/// The gradients that the step returns, by parameter.
static std::vector<std::pair<std::string, mlir::Value>>
getGradients(ModuleOp built) {
  std::vector<std::pair<std::string, mlir::Value>> gradients;
  auto func = built.lookupSymbol<func::FuncOp>("train_step");
  Operation *end = func.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands()))
    if (auto name =
            func.getResultAttrOfType<StringAttr>(index, tags::kGradient))
      gradients.emplace_back(name.str(), value);
  return gradients;
}

std::vector<std::string> mpc::test::getTrained(ModuleOp built) {
  std::vector<std::string> names;
  for (auto &[name, gradient] : getGradients(built))
    names.push_back(name);
  return names;
}

void mpc::test::spoilGradient(ModuleOp built, StringRef parameter,
                              Fault fault) {
  for (auto &[name, gradient] : getGradients(built))
    if (name == parameter)
      spoil(gradient, fault);
}

void mpc::test::spoilUpdate(ModuleOp built, StringRef variable, Fault fault) {
  built.walk([&](AssignOp assign) {
    if (assign.getVariable() == variable)
      spoil(assign.getValue(), fault);
  });
}

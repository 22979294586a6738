//===- Moved.cpp - a model with other rounding ----------------------------===//

#include "Moved.h"
#include "RunRecord.h"
#include "mpc/IR/TensorBuilder.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace mpc;
using data::HostArray;

//===----------------------------------------------------------------------===//
// Terms
//===----------------------------------------------------------------------===//

static bool isSum(Operation *op) {
  auto described = dyn_cast<ShardingRuleOpInterface>(op);
  return described &&
         llvm::any_of(described.getShardingRule().factors, [](const Factor &f) {
           return f.kind == FactorKind::Inner ||
                  (f.kind == FactorKind::Reduction &&
                   f.reduction == ReductionKind::Sum);
         });
}

namespace {
/// New ops belong where their user does.
struct TagsOfUser : OpBuilder::Listener {
  explicit TagsOfUser(Operation *user) : user(user) {}
  void notifyOperationInserted(Operation *op, OpBuilder::InsertPoint) override {
    op->setDiscardableAttrs(user->getDiscardableAttrDictionary());
  }
  Operation *user;
};
} // namespace

/// x / c * c: two roundings, and nothing that overflows on the way.
static Value moveValue(Operation *user, Value value, uint64_t run) {
  TagsOfUser tags(user);
  OpBuilder builder(user, &tags);
  TensorBuilder t(builder, user->getLoc());
  double factor = 1.3 + 0.4 * run;
  return t.mul(t.mul(value, 1 / factor), factor);
}

void mpc::moveTerms(ModuleOp built, uint64_t run) {
  SmallVector<Operation *> sums;
  built.walk([&](Operation *op) {
    if (isSum(op))
      sums.push_back(op);
  });
  for (Operation *op : sums)
    for (OpOperand &operand : op->getOpOperands()) {
      Type type = getElementTypeOrSelf(operand.get());
      if (type.isF32() || type.isF64())
        operand.set(moveValue(op, operand.get(), run));
    }
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

/// Of sign and magnitude, as floats are stored: a bit more is a unit in the
/// last place away from zero.
template <typename Bits>
static void move(MutableArrayRef<Bits> numbers, uint64_t run) {
  constexpr Bits magnitude = std::numeric_limits<Bits>::max() >> 1;
  for (Bits &bits : numbers) {
    if ((bits & magnitude) == 0)
      continue;
    uint64_t key[] = {bits, run};
    ArrayRef<uint8_t> bytes(reinterpret_cast<const uint8_t *>(key),
                            sizeof(key));
    bits += llvm::xxh3_64bits(bytes) & 1 ? 1 : -1;
  }
}

llvm::Error mpc::moveParameters(Setup &setup, uint64_t run) {
  for (auto variable : setup.getVariables().getOps<VariableOp>()) {
    if (variable.getRole() != VariableRole::Parameter ||
        !isa<FloatType>(variable.getTensorType().getElementType()))
      continue;
    auto array = readVariable(setup, variable);
    if (!array)
      return array.takeError();
    switch (data::elementBytes(array->type())) {
    case 2:
      move(array->as<uint16_t>(), run);
      break;
    case 4:
      move(array->as<uint32_t>(), run);
      break;
    default:
      move(array->as<uint64_t>(), run);
    }
    if (llvm::Error error =
            setup.getSession().write(variable.getSymName(), array->bytes()))
      return error;
  }
  return llvm::Error::success();
}

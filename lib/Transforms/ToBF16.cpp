//===- ToBF16.cpp - mpc-to-bf16 -------------------------------------------===//
//
// An op is in bf16 as soon as one of its operands is. That begins at parameters
// and inputs; positions, masks and statistics stay exact until they meet them.
//
//===----------------------------------------------------------------------===//

#include "mpc/IR/TensorBuilder.h"
#include "mpc/Transforms/Passes.h"

namespace mpc {
#define GEN_PASS_DEF_TOBF16
#include "mpc/Transforms/Passes.h.inc"
} // namespace mpc

using namespace mlir;
using namespace mpc;

static bool isF32(Value value) { return getElementTypeOrSelf(value).isF32(); }
static bool isBF16(Value value) { return getElementTypeOrSelf(value).isBF16(); }

static RankedTensorType toBF16(RankedTensorType type) {
  return type.clone(BFloat16Type::get(type.getContext()));
}

namespace {
class FunctionConverter {
public:
  explicit FunctionConverter(func::FuncOp func)
      : func(func), builder(func.getContext()) {}
  void run();

private:
  void convert(Operation *op);
  void computeInFull(Operation *op);
  void computeNarrow(Operation *op);
  /// Gives a terminator or an assignment the types it had.
  void restoreOperands(Operation *op, TypeRange types);
  Value narrow(Value value);
  Value widen(Value value);

  func::FuncOp func;
  OpBuilder builder;
  /// By f32 value, and by its rounded one.
  llvm::DenseMap<Value, Value> narrowed, original;
};
} // namespace

/// The number in bf16. A mask's -3e38 must not become an infinity: times a zero
/// it would be no number.
static FloatAttr roundConstant(FloatAttr number, Type bf16) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(bf16).getFloatSemantics();
  APFloat rounded = number.getValue();
  bool losesInfo;
  rounded.convert(semantics, APFloat::rmNearestTiesToEven, &losesInfo);
  if (rounded.isInfinity() && !number.getValue().isInfinity())
    rounded = APFloat::getLargest(semantics, rounded.isNegative());
  return FloatAttr::get(bf16, rounded);
}

Value FunctionConverter::narrow(Value value) {
  if (!isF32(value))
    return value;
  Value &known = narrowed[value];
  if (known)
    return known;
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointAfterValue(value);
  TensorBuilder t(builder, value.getLoc());
  RankedTensorType type = toBF16(getTensorType(value));
  auto constant = value.getDefiningOp<ConstantOp>();
  known = constant
              ? Value(t.create<ConstantOp>(
                    type, roundConstant(cast<FloatAttr>(constant.getValue()),
                                        type.getElementType())))
              : t.cast(value, type.getElementType());
  original[known] = value;
  return known;
}

Value FunctionConverter::widen(Value value) {
  if (!isBF16(value))
    return value;
  if (Value exact = original.lookup(value))
    return exact;
  return TensorBuilder(builder, value.getLoc()).widen(value);
}

/// Results go on in bf16; the next op in full precision takes them unrounded.
void FunctionConverter::computeInFull(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    operand.set(widen(operand.get()));
  for (Value result : op->getResults()) {
    Value rounded = narrow(result);
    result.replaceAllUsesExcept(rounded, rounded.getDefiningOp());
  }
}

void FunctionConverter::computeNarrow(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    operand.set(narrow(operand.get()));
  SmallVector<Type> types;
  if (auto inferred = dyn_cast<InferTypeOpInterface>(op)) {
    LogicalResult known = inferred.inferReturnTypes(
        op->getContext(), op->getLoc(), op->getOperands(),
        op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
        op->getRegions(), types);
    assert(succeeded(known) && "the op was valid in f32");
    (void)known;
  }
  for (auto [index, result] : llvm::enumerate(op->getResults()))
    if (isF32(result))
      result.setType(types.empty() ? toBF16(getTensorType(result))
                                   : types[index]);
}

void FunctionConverter::restoreOperands(Operation *op, TypeRange types) {
  for (auto [operand, type] : llvm::zip_equal(op->getOpOperands(), types))
    if (operand.get().getType() != type)
      operand.set(getElementTypeOrSelf(type).isF32() ? widen(operand.get())
                                                     : narrow(operand.get()));
}

void FunctionConverter::convert(Operation *op) {
  builder.setInsertionPoint(op);
  auto getVariable = [&](FlatSymbolRefAttr name) {
    return SymbolTable::lookupNearestSymbolFrom<VariableOp>(op, name);
  };
  if (auto read = dyn_cast<ReadOp>(op))
    read.getResult().setType(
        getVariable(read.getVariableAttr()).getTensorType());
  else if (auto assign = dyn_cast<AssignOp>(op))
    restoreOperands(op, getVariable(assign.getVariableAttr()).getTensorType());
  else if (op->hasTrait<OpTrait::IsTerminator>())
    restoreOperands(op, func.getResultTypes());
  else if (llvm::none_of(op->getOperands(), isBF16))
    return;
  else if (isa<FullPrecisionOpInterface>(op))
    computeInFull(op);
  else
    computeNarrow(op);
}

void FunctionConverter::run() {
  Block &block = func.getBody().front();
  SmallVector<Operation *> ops(llvm::make_pointer_range(block));
  for (BlockArgument argument : block.getArguments())
    if (isF32(argument) && !argument.use_empty()) {
      Value rounded = narrow(argument);
      argument.replaceAllUsesExcept(rounded, rounded.getDefiningOp());
    }
  for (Operation *op : ops)
    convert(op);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (op.use_empty() && isa<CastOp, ConstantOp>(op))
      op.erase();
}

namespace {
struct ToBF16 : mpc::impl::ToBF16Base<ToBF16> {
  void runOnOperation() override {
    for (auto variable : getOperation().getOps<VariableOp>()) {
      if (variable.getRole() == VariableRole::Optimizer) {
        variable.emitError("'") << variable.getSymName()
                                << "' is an optimizer's state, which stays in "
                                   "f32; run mpc-to-bf16 before mpc-autodiff";
        return signalPassFailure();
      }
      RankedTensorType type = variable.getTensorType();
      if (variable.getRole() == VariableRole::Parameter &&
          type.getElementType().isF32())
        variable.setTypeAttr(TypeAttr::get(toBF16(type)));
    }
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (!func.isExternal())
        FunctionConverter(func).run();
  }
};
} // namespace
